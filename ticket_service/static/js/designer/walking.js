// The way of a ticket over a drawing: which steps were done, which connections it took, where it stands.
import { edgeId, exitsOf, nodeOf } from "./model.js";

const RESTING = new Set(["task", "approval", "timer", "join", "end"]);

/**
 * Marks for `steps` [{node, isOpen, isDone, isLate, choice, who, when, length}], in order: `marks` for nodes and
 * `edgeMarks` for connections.
 */
export function walked(doc, steps) {
  const byNode = new Map();
  for (const step of steps) byNode.set(step.node, [...(byNode.get(step.node) ?? []), step]);
  const edgeMarks = new Map();
  const passed = new Set();
  const start = doc.nodes.find((node) => node.kind === "start");
  const mark = (from, slot, target) => {
    for (const id of wayTo(doc, from, slot, target)) edgeMarks.set(id, "is-walked");
    for (const key of between(doc, from, slot, target)) passed.add(key);
  };
  if (start && steps.length) mark(start.key, ["next"], steps[0].node);
  steps.forEach((step, index) => {
    if (!step.isDone) return;
    const node = nodeOf(doc, step.node);
    const exit = node && exitTaken(node, step.choice);
    if (!exit) return;
    const next = steps.slice(index + 1).find((later) => wayTo(doc, node.key, exit.slot, later.node).length);
    const end = doc.nodes.find((one) => one.kind === "end" && wayTo(doc, node.key, exit.slot, one.key).length);
    if (next) mark(node.key, exit.slot, next.node);
    else if (end && !steps.some((one) => one.isOpen)) {
      mark(node.key, exit.slot, end.key);
      passed.add(end.key);
    }
  });
  const marks = new Map();
  for (const node of doc.nodes) {
    const here = byNode.get(node.key);
    if (!here) marks.set(node.key, { classes: [passed.has(node.key) || node.kind === "start" ? "is-done" : "is-ahead"] });
    else marks.set(node.key, { classes: classesOf(here), notes: notesOf(here) });
  }
  return { marks, edgeMarks };
}

function classesOf(steps) {
  const open = steps.find((step) => step.isOpen);
  if (open) return open.isLate ? ["is-current", "is-late"] : ["is-current"];
  return steps.some((step) => step.isDone) ? ["is-done"] : ["is-done", "is-left"];
}

function notesOf(steps) {
  const last = steps.at(-1);
  const times = steps.length > 1 ? ` ×${steps.length}` : "";
  return [[last.who, last.when].filter(Boolean).join(" · ") + times, last.length];
}

function exitTaken(node, choice) {
  const exits = exitsOf(node);
  if (node.kind === "task") {
    const index = (node.choices ?? []).findIndex((one) => one.key === choice);
    return exits[index] ?? null;
  }
  if (node.kind === "approval") return exits.find((exit) => exit.role === choice) ?? null;
  return exits[0] ?? null;
}

/** The connections from a way out to `target` over nodes where nothing rests; empty where there is no such way. */
export function wayTo(doc, from, slot, target) {
  const first = exitsOf(nodeOf(doc, from)).find((exit) => String(exit.slot) === String(slot));
  if (!first?.to) return [];
  const waiting = [[first.to, [edgeId(from, slot)]]];
  const seen = new Set();
  while (waiting.length) {
    const [key, way] = waiting.shift();
    if (key === target) return way;
    const node = nodeOf(doc, key);
    if (!node || seen.has(key) || RESTING.has(node.kind)) continue;
    seen.add(key);
    for (const exit of exitsOf(node)) if (exit.to) waiting.push([exit.to, [...way, edgeId(key, exit.slot)]]);
  }
  return [];
}

const between = (doc, from, slot, target) => wayTo(doc, from, slot, target).slice(1).map((id) => id.split(":")[0]);
