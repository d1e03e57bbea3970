// Putting something new into a process in one step: a node, or a few that belong together, on a connection or after a step.
import { connected, exitsOf, freeKey, mainSlot, newNode, nodeOf, taskBefore, withNode, withValue } from "./model.js";

const STEP = 120;
const WIDE = 180;

/** What the palette offers besides single nodes. */
export const SNIPPETS = ["approval_above", "in_parallel", "wait_then_tell"];

/**
 * The nodes of `name` (a kind of node, or a snippet) that go on to `next`; a refusal goes back to `back`. Gives
 * `{nodes, entry, offsets, chosen}`: where one enters, how the nodes stand to one another, and which to open.
 */
export function fragment(doc, name, next, back) {
  const part = bare(doc, name, next, back);
  const status = nodeOf(doc, back)?.owner_status;
  // What is put in holds the ticket where the owner last saw it: nobody is told that a repair went back to its beginning.
  return status ? { ...part, nodes: part.nodes.map((node) => (node.owner_status ? { ...node, owner_status: status } : node)) } : part;
}

function bare(doc, name, next, back) {
  switch (name) {
    case "approval_above":
      return approvalAbove(doc, next, back);
    case "in_parallel":
      return inParallel(doc, next);
    case "wait_then_tell": {
      const notice = leadingTo(newNode(doc, "notice"), next);
      const timer = newNode(doc, "timer", { minutes: 120, next: notice.key });
      return { nodes: [timer, notice], entry: timer.key, offsets: { [timer.key]: [0, 0], [notice.key]: [0, STEP] }, chosen: timer.key };
    }
    default: {
      let node = newNode(doc, name);
      if (name !== "end" && next) node = leadingTo(node, next);
      if (name === "approval" && back) node = { ...node, declined: back };
      return { nodes: [node], entry: node.key, offsets: { [node.key]: [0, 0] }, chosen: node.key };
    }
  }
}

const leadingTo = (node, next) => (next ? withValue(node, mainSlot(node), next) : node);

function approvalAbove(doc, next, back) {
  const approval = newNode(doc, "approval", {
    key: "finance_approval",
    title: { "zh-CN": "财务审批", en: "Finance approval" },
    approvers: [{ role: "finance" }],
    ...(next && { approved: next }),
    ...(back && { declined: back }),
  });
  const branch = newNode(doc, "branch", {
    key: "is_costly",
    title: { "zh-CN": "费用是否超限", en: "Is it costly?" },
    cases: [{ when: { field: "estimated_cost_fen", op: "gt", value: 50000 }, next: approval.key }],
    ...(next && { default: next }),
  });
  return { nodes: [branch, approval], entry: branch.key, offsets: { [branch.key]: [0, 0], [approval.key]: [-150, STEP] }, chosen: branch.key };
}

function inParallel(doc, next) {
  const taken = doc.nodes.map((node) => node.key);
  const [first, second] = [freeKey("task", taken)].flatMap((key) => [key, freeKey("task", [...taken, key])]);
  const join = leadingTo(newNode(doc, "join"), next);
  const tasks = [first, second].map((key) => withValue(newNode(doc, "task", { key }), ["choices", 0, "next"], join.key));
  const split = newNode(doc, "split", { next: [first, second], join: join.key });
  return {
    nodes: [split, ...tasks, join],
    entry: split.key,
    offsets: { [split.key]: [0, 0], [first]: [-110, STEP], [second]: [110, STEP], [join.key]: [0, STEP * 2] },
    chosen: split.key,
  };
}

/** The document with `name` put on the connection `edge`; places are kept, and what stood below makes room. */
export function insertedOnEdge(doc, name, edge, places) {
  const part = fragment(doc, name, edge.to, backFrom(doc, edge.from));
  const wired = connected(doc, edge.from, edge.slot, part.entry);
  return placed(wired, part, places && { x: places[edge.to]?.x ?? 0, y: places[edge.to]?.y ?? 0 }, places, true);
}

/** The document with `name` after the node `key`: between it and where its main way out leads now. */
export function insertedAfter(doc, name, key, places) {
  const node = nodeOf(doc, key);
  const slot = mainSlot(node);
  if (!slot) return insertedAt(doc, name, null, places);
  const next = exitsOf(node).find((exit) => String(exit.slot) === String(slot))?.to ?? null;
  const part = fragment(doc, name, next, backFrom(doc, key));
  const wired = connected(doc, key, slot, part.entry);
  const from = places?.[key];
  return placed(wired, part, from && { x: from.x, y: from.y + STEP }, places, true);
}

/** The document with `name` standing free at `point`. */
export function insertedAt(doc, name, point, places) {
  const part = fragment(doc, name, null, null);
  return placed(doc, part, point ?? { x: 0, y: 0 }, places, false);
}

/** `point`, or the first place below it where nothing stands yet. */
export function clearOf(point, places) {
  const isTaken = (y) => Object.values(places).some((place) => Math.abs(place.x - point.x) < WIDE && Math.abs(place.y - y) < STEP - 20);
  let { y } = point;
  while (isTaken(y)) y += STEP / 4;
  return { x: point.x, y };
}

/** The document with `name` at `point`, entered from a way out that was drawn to there. */
export function insertedFrom(doc, name, key, slot, point, places) {
  const part = fragment(doc, name, null, backFrom(doc, key));
  return placed(connected(doc, key, slot, part.entry), part, point, places, false);
}

const backFrom = (doc, key) => taskBefore(doc, key);

// Without places of its own the document is laid out by itself, and so is what is new.
function placed(doc, part, origin, places, makesRoom) {
  const next = { ...doc, nodes: insertedInOrder(doc.nodes, part) };
  if (!places || !origin) return { doc: next, chosen: part.chosen };
  const height = Math.max(...Object.values(part.offsets).map(([, y]) => y)) + STEP;
  const moved = Object.fromEntries(Object.entries(places).map(([key, place]) => [key, makesRoom && place.y >= origin.y - 4 ? { x: place.x, y: place.y + height } : place]));
  const own = Object.fromEntries(part.nodes.map((node) => [node.key, { x: Math.round(origin.x + part.offsets[node.key][0]), y: Math.round(origin.y + part.offsets[node.key][1]) }]));
  return { doc: { ...next, layout: { ...moved, ...own } }, chosen: part.chosen };
}

function insertedInOrder(nodes, part) {
  const firstEnd = nodes.findIndex((node) => node.kind === "end");
  const at = firstEnd < 0 ? nodes.length : firstEnd;
  return [...nodes.slice(0, at), ...part.nodes, ...nodes.slice(at)];
}

/** The document with a new way out from a node, leading to `to`. */
export function grown(doc, key, made) {
  return withNode(doc, key, withValue(nodeOf(doc, key), made.path, made.value));
}


