// Drawings to look at: one version with its properties, or two versions in one picture.
import { makeCanvas } from "./canvas.js";
import { load } from "./catalogue.js";
import { makeEditor } from "./editor.js";
import { learn } from "./fields.js";
import { listenToPointers } from "./gestures.js";
import { edgesOf, exitsOf, nodeOf } from "./model.js";
import { makePanel } from "./panel.js";
import { walked } from "./walking.js";
import { speak } from "./words.js";

const READABLE = 0.75;

/** A drawing to look at in `root`, with zooming and panning; `options` are those of `show`. */
export function makeView(root, doc, options = {}) {
  const svg = root.querySelector("[data-part=drawing]");
  const canvas = makeCanvas(svg);
  const editor = makeEditor(canvas, doc, { isReadOnly: true, options });
  listenToPointers(editor, {});
  const does = { in: () => canvas.zoom(1.25), out: () => canvas.zoom(0.8), fit: () => canvas.fit() };
  for (const [name, action] of Object.entries(does)) root.querySelector(`[data-does="${name}"]`)?.addEventListener("click", action);
  const scale = root.querySelector("[data-part=scale]");
  if (scale) canvas.onView((value) => (scale.textContent = `${Math.round(value * 100)}%`));
  svg.addEventListener("keydown", (event) => {
    const key = event.target.closest?.(".node")?.dataset.key;
    if (key && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      editor.select([key], { opens: true });
    }
  });
  canvas.fit(READABLE);
  return { editor, canvas };
}

/** The panel of a drawing that is not edited: everything to read, nothing to change. */
export function makeReading(host, editor) {
  const panel = makePanel(host, editor);
  const show = () => {
    panel.show();
    for (const control of host.querySelectorAll("input, select, textarea")) control.disabled = true;
    for (const button of host.querySelectorAll("button")) button.hidden = true;
  };
  editor.heard(show);
  show();
}

/** Both versions in one document, and how each connection is marked. */
export function merged(before, after) {
  const removed = before.nodes.filter((node) => !nodeOf(after, node.key));
  const doc = { ...after, nodes: [...after.nodes, ...removed], layout: {} };
  const nameOf = (node, exit) => (exit.role === "choice" ? node.choices[exit.slot[1]].key : `${exit.role}${exit.role === "case" || exit.role === "arm" ? exit.to : ""}`);
  const waysOf = (all) => new Map(all.nodes.flatMap((node) => exitsOf(node).filter((exit) => exit.to).map((exit) => [`${node.key}|${nameOf(node, exit)}|${exit.to}`, { node, exit }])));
  const [old, now] = [waysOf(before), waysOf(after)];
  const edgeMarks = new Map();
  for (const edge of edgesOf(doc)) {
    const node = nodeOf(doc, edge.from);
    const name = `${edge.from}|${nameOf(node, edge)}|${edge.to}`;
    if (!old.has(name)) edgeMarks.set(edge.id, "is-added");
    else if (!now.has(name)) edgeMarks.set(edge.id, "is-removed");
  }
  const known = new Set(doc.nodes.map((node) => node.key));
  const extraEdges = [...old]
    .filter(([name, { node, exit }]) => !now.has(name) && nodeOf(after, node.key) && known.has(exit.to))
    .map(([name, { node, exit }]) => {
      const index = Math.max(0, exitsOf(nodeOf(after, node.key)).findIndex((one) => nameOf(nodeOf(after, node.key), one) === nameOf(node, exit)));
      edgeMarks.set(`gone:${name}`, "is-removed");
      return { id: `gone:${name}`, from: node.key, to: exit.to, slot: exit.slot, index };
    });
  return { doc, edgeMarks, extraEdges };
}

function leadToNodes(editor, canvas) {
  for (const button of document.querySelectorAll("[data-node]")) {
    button.addEventListener("click", () => {
      editor.select([button.dataset.node]);
      canvas.reveal(button.dataset.node);
    });
  }
}

function start() {
  const root = document.querySelector("[data-view]");
  if (!root) return;
  const data = JSON.parse(document.getElementById("view-data").textContent);
  speak(data.words, data.language);
  load(data.catalogue);
  if (root.dataset.view === "version") {
    learn(data.schema, data.hints);
    const { editor } = makeView(root, data.definition);
    makeReading(document.querySelector("[data-part=panel]"), editor);
  }
  if (root.dataset.view === "compare") {
    const { doc, edgeMarks, extraEdges } = merged(data.old, data.new);
    const marks = new Map(Object.entries(data.changed).map(([key, kind]) => [key, { classes: [`is-${kind}`] }]));
    const { editor, canvas } = makeView(root, doc, { marks, edgeMarks, extraEdges });
    leadToNodes(editor, canvas);
  }
  if (root.dataset.view === "path") {
    const { editor, canvas } = makeView(root, data.definition, walked(data.definition, data.steps));
    leadToNodes(editor, canvas);
    const here = data.steps.findLast((step) => step.isOpen);
    if (here) canvas.reveal(here.node);
  }
  root.dataset.ready = "yes";
}

start();
