// The document being drawn: a process definition as plain data. Every change gives a new document and shares what it
// did not touch, so that history costs little and a drawing sees by identity which nodes changed.
import { t } from "./words.js";

export const KINDS = ["task", "approval", "branch", "split", "join", "timer", "notice", "subprocess", "end"];
const KEY = /^[a-z][a-z0-9_]*$/;

/** The value at `path` inside `value`. */
export const valueAt = (value, path) => path.reduce((inner, step) => inner?.[step], value);

/** A copy of `value` with `path` set; undefined removes it. */
export function withValue(value, path, given) {
  if (path.length === 0) return given;
  const [step, ...rest] = path;
  const copy = Array.isArray(value) ? [...value] : { ...value };
  const inner = withValue(copy[step] ?? (typeof rest[0] === "number" ? [] : {}), rest, given);
  if (inner === undefined && Array.isArray(copy)) copy.splice(step, 1);
  else if (inner === undefined) delete copy[step];
  else copy[step] = inner;
  return copy;
}

/** The node of this key. */
export const nodeOf = (doc, key) => doc.nodes.find((node) => node.key === key);

/** The document with one node replaced. */
export const withNode = (doc, key, node) => ({ ...doc, nodes: doc.nodes.map((one) => (one.key === key ? node : one)) });

/** The document with a node moved to a place. */
export const withPlace = (doc, key, place) => ({ ...doc, layout: { ...doc.layout, [key]: { x: Math.round(place.x), y: Math.round(place.y) } } });

/** The ways out of a node, each with the place of its target in the node's data: `{slot, to, title, role}`. */
export function exitsOf(node) {
  const exit = (slot, role, title) => ({ slot, to: valueAt(node, slot) || null, role, title });
  switch (node.kind) {
    case "task":
      return (node.choices ?? []).map((choice, index) => exit(["choices", index, "next"], "choice", choice.title));
    case "approval":
      return [exit(["approved"], "approved"), exit(["declined"], "declined")];
    case "branch":
      return [...(node.cases ?? []).map((one, index) => exit(["cases", index, "next"], "case", one.title)), exit(["default"], "default")];
    case "split":
      return (node.next ?? []).map((_, index) => exit(["next", index], "arm"));
    case "subprocess":
      return node.rejected === undefined || node.rejected === null ? [exit(["next"], "next")] : [exit(["next"], "next"), exit(["rejected"], "rejected")];
    case "end":
      return [];
    default:
      return [exit(["next"], "next")];
  }
}

/** Whether a new way out may be drawn from this node, and the data of one that leads to `to`. */
export function newExit(node, to) {
  if (node.kind === "task") {
    const key = freeKey("done", (node.choices ?? []).map((choice) => choice.key));
    return { path: ["choices"], value: [...(node.choices ?? []), { key, title: { "zh-CN": "完成", en: "Done" }, next: to }] };
  }
  if (node.kind === "branch") return { path: ["cases"], value: [...(node.cases ?? []), { when: { field: "severity", op: "eq", value: "urgent" }, next: to }] };
  if (node.kind === "split") return { path: ["next"], value: [...(node.next ?? []), to] };
  return null;
}

/** All connections: `{id, from, slot, to, index}` for each way out that leads to a node there is. */
export function edgesOf(doc) {
  const known = new Set(doc.nodes.map((node) => node.key));
  return doc.nodes.flatMap((node) =>
    exitsOf(node)
      .map((exit, index) => ({ ...exit, id: edgeId(node.key, exit.slot), from: node.key, index }))
      .filter((edge) => known.has(edge.to)),
  );
}

export const edgeId = (key, slot) => `${key}:${slot.join(".")}`;

/** The document with a way out leading to `to`; null leaves it open. */
export function connected(doc, key, slot, to) {
  const node = nodeOf(doc, key);
  if (node.kind === "split" && to === null) return withNode(doc, key, withValue(node, slot, undefined));
  return withNode(doc, key, withValue(node, slot, to ?? undefined));
}

/** A key like `wanted` that is not taken. */
export function freeKey(wanted, taken) {
  const names = new Set(taken);
  if (!names.has(wanted)) return wanted;
  const stem = wanted.replace(/_\d+$/, "");
  let number = 2;
  while (names.has(`${stem}_${number}`)) number += 1;
  return `${stem}_${number}`;
}

const keysOf = (doc) => doc.nodes.map((node) => node.key);

/** The data of a new node of this kind. */
export function newNode(doc, kind, changes = {}) {
  const key = freeKey(changes.key ?? kind, keysOf(doc));
  return { kind, ...(DEFAULTS[kind] ?? {}), ...changes, key };
}

const DEFAULTS = {
  task: { title: { "zh-CN": "新任务", en: "New task" }, role: "desk", owner_status: "accepted", choices: [{ key: "done", title: { "zh-CN": "完成", en: "Done" } }] },
  approval: { title: { "zh-CN": "审批", en: "Approval" }, owner_status: "accepted", approvers: [{ role: "supervisor" }], mode: "all", order: "parallel" },
  branch: { title: { "zh-CN": "条件判断", en: "Decision" }, cases: [{ when: { field: "severity", op: "eq", value: "urgent" } }] },
  split: { next: [], join: "" },
  join: {},
  timer: { title: { "zh-CN": "等待", en: "Wait" }, minutes: 60, clock: "working", owner_status: "accepted" },
  notice: { title: { "zh-CN": "通知", en: "Notice" }, to: ["supervisor"], body: { "zh-CN": "请关注此工单。", en: "Please look after this ticket." } },
  subprocess: { title: { "zh-CN": "子流程", en: "Subprocess" }, cases: [] },
  end: { ticket_state: "closed" },
};

/** The document with nodes added at their places. */
export function withNodes(doc, nodes, places) {
  return { ...doc, nodes: [...doc.nodes, ...nodes], layout: { ...doc.layout, ...places } };
}

/** The document without these nodes; what led to them is left open, save where one way simply goes on past them. */
export function withoutNodes(doc, keys) {
  const gone = new Set(keys);
  const past = new Map();
  for (const key of gone) {
    const exits = exitsOf(nodeOf(doc, key)).filter((exit) => exit.to && !gone.has(exit.to));
    const targets = new Set(exits.map((exit) => exit.to));
    past.set(key, targets.size === 1 ? [...targets][0] : null);
  }
  const lists = (node) => {
    let changed = node;
    for (const list of ["return_to"]) if (node[list]?.some((key) => gone.has(key))) changed = { ...changed, [list]: node[list].filter((key) => !gone.has(key)) };
    if (gone.has(node.join)) changed = { ...changed, join: "" };
    return changed;
  };
  const rewired = doc.nodes
    .filter((node) => !gone.has(node.key))
    .map((node) => {
      const open = exitsOf(node).filter((exit) => gone.has(exit.to)).reverse();
      const after = (exit) => (past.get(exit.to) === node.key ? null : past.get(exit.to));
      return lists(open.reduce((changed, exit) => (changed.kind === "split" && !after(exit) ? withValue(changed, exit.slot, undefined) : withValue(changed, exit.slot, after(exit) ?? undefined)), node));
    });
  const layout = Object.fromEntries(Object.entries(doc.layout ?? {}).filter(([key]) => !gone.has(key)));
  const controls = (doc.controls ?? []).map((control) => withoutPlaces(control, gone)).filter(Boolean);
  return { ...doc, nodes: rewired, controls, layout };
}

// A control that named only steps that are gone would suddenly hold everywhere; it goes with them.
function withoutPlaces(control, gone) {
  const [at, to] = ["at", "to"].map((list) => (control[list] ?? []).filter((key) => !gone.has(key)));
  if ((control.at?.length && !at.length) || (control.to?.length && !to.length)) return null;
  const changed = { ...control };
  if (control.at) changed.at = at;
  if (control.to) changed.to = to;
  return changed;
}

/** The document with a node's key changed, and everything that names it. */
export function renamed(doc, old, key) {
  if (!KEY.test(key) || keysOf(doc).includes(key)) return null;
  const swap = (name) => (name === old ? key : name);
  const nodes = doc.nodes.map((node) => {
    let changed = node.key === old ? { ...node, key } : node;
    for (const exit of exitsOf(changed)) if (exit.to === old) changed = withValue(changed, exit.slot, key);
    if (changed.join === old) changed = { ...changed, join: key };
    if (changed.return_to?.includes(old)) changed = { ...changed, return_to: changed.return_to.map(swap) };
    return changed;
  });
  const controls = (doc.controls ?? []).map((control) => ({ ...control, ...(control.at && { at: control.at.map(swap) }), ...(control.to && { to: control.to.map(swap) }) }));
  const layout = Object.fromEntries(Object.entries(doc.layout ?? {}).map(([name, place]) => [swap(name), place]));
  return { ...doc, nodes, controls, layout };
}

/** Copies of nodes with keys of their own; ways among them stay among them, others lead where they led. */
export function pasted(doc, copied, offset) {
  const names = new Map();
  const taken = keysOf(doc);
  for (const { node } of copied) {
    const key = freeKey(node.key, taken);
    taken.push(key);
    names.set(node.key, key);
  }
  const known = new Set(keysOf(doc));
  const nodes = copied.map(({ node }) => {
    let copy = structuredClone({ ...node, key: names.get(node.key) });
    for (const exit of exitsOf(copy).reverse()) {
      const to = names.get(exit.to) ?? (known.has(exit.to) ? exit.to : undefined);
      copy = withValue(copy, exit.slot, to);
    }
    if (names.has(copy.join)) copy.join = names.get(copy.join);
    return copy;
  });
  const places = Object.fromEntries(copied.map(({ node, place }) => [names.get(node.key), { x: place.x + offset, y: place.y + offset }]));
  return { doc: withNodes(doc, nodes, places), keys: nodes.map((node) => node.key) };
}

/** The first way out of a node that a node after it would hang on. */
export function mainSlot(node) {
  const exits = exitsOf(node);
  const open = exits.find((exit) => !exit.to) ?? exits[0];
  if (node.kind === "approval") return ["approved"];
  if (node.kind === "branch") return ["default"];
  return open?.slot ?? null;
}

/** The nearest task before a node, where a refusal goes back to. */
export function taskBefore(doc, key) {
  const seen = new Set();
  let waiting = [key];
  while (waiting.length) {
    const found = waiting.map((one) => nodeOf(doc, one)).find((node) => node?.kind === "task");
    if (found) return found.key;
    for (const one of waiting) seen.add(one);
    waiting = edgesOf(doc).filter((edge) => waiting.includes(edge.to) && !seen.has(edge.from)).map((edge) => edge.from);
  }
  return null;
}

/** What a person would call a node. */
export function titleOf(node, pick) {
  const own = pick(node.title);
  if (own) return own;
  if (node.kind === "start") return t("Start");
  if (node.kind === "end") return node.ticket_state === "rejected" ? t("End: not accepted") : t("End: closed");
  return { branch: t("Decision"), split: t("At the same time"), join: t("When all are done") }[node.kind] ?? node.key;
}
