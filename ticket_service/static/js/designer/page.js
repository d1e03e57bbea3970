// The designer page: everything put together.
import { load } from "./catalogue.js";
import { makeCanvas } from "./canvas.js";
import { makeEditor } from "./editor.js";
import { learn } from "./fields.js";
import { listenToPointers } from "./gestures.js";
import { listenToKeys } from "./keyboard.js";
import { makePalette, offerNodes } from "./palette.js";
import { makePanel } from "./panel.js";
import { makeProblems } from "./problems.js";
import { makePublishing } from "./publishing.js";
import { makeSaving } from "./saving.js";
import { speak, t } from "./words.js";

const READABLE = 0.75;

start(JSON.parse(document.getElementById("designer-data").textContent));

function start(data) {
  speak(data.words, data.language);
  load(data.catalogue);
  learn(data.schema, data.hints);
  const root = document.querySelector("[data-designer]");
  const at = (name) => root.querySelector(`[data-part="${name}"]`);
  const svg = at("drawing");
  const canvas = makeCanvas(svg);
  const said = at("said");
  const editor = makeEditor(canvas, data.definition, { say: (sentence) => (said.textContent = sentence) });
  svg.classList.add("is-edited");
  const panel = makePanel(at("panel"), editor);
  makeProblems(at("problems"), editor);
  makePalette(at("palette"), editor, { onPick: () => root.classList.remove("shows-palette") });
  listenToPointers(editor, { offerNodes: (event, chosen) => offerNodes(at("stage"), event, chosen) });
  const saving = makeSaving(editor, data.draft, (state, sentence) => {
    const shown = at("state");
    shown.dataset.state = state;
    shown.querySelector("span").textContent = sentence;
    at("conflict").hidden = state !== "conflict";
    at("undo").disabled = !editor.canUndo;
    at("redo").disabled = !editor.canRedo;
  });
  const publishing = makePublishing(at("publish-dialog"), saving, data.publishing);
  const keys = at("keys-dialog");
  const focusPanel = () => at("panel").querySelector("h2")?.focus();
  listenToKeys(svg, editor, { showKeys: () => keys.showModal(), save: saving.save, focusPanel });

  let wasOpen = false;
  const showPanel = (what = {}) => {
    const isOpen = editor.isPanelWanted || (window.innerWidth >= 1100 && !what.isClosing);
    root.classList.toggle("shows-panel", editor.isPanelWanted);
    if (isOpen || wasOpen) panel.show(what);
    wasOpen = isOpen;
    at("remove").disabled = !editor.selection.size && !editor.selectedEdge;
    if (what.isClosing) [...editor.selection].slice(0, 1).forEach((key) => canvas.groupOf(key)?.focus({ preventScroll: true }));
  };
  editor.heard(showPanel);

  const tryOut = async (event) => {
    event.preventDefault();
    await saving.save();
    window.location.assign(event.currentTarget?.href ?? root.querySelector("[data-does=try]").href);
  };
  const does = { try: tryOut, undo: editor.undo, redo: editor.redo, remove: editor.remove, tidy: editor.arrange, in: () => canvas.zoom(1.25), out: () => canvas.zoom(0.8), fit: () => canvas.fit(), keys: () => keys.showModal(), publish: publishing.open, palette: () => root.classList.toggle("shows-palette"), settings: () => editor.select([], { opens: true }), reload: () => window.location.reload() };
  for (const [name, action] of Object.entries(does)) for (const button of root.querySelectorAll(`[data-does="${name}"]`)) button.addEventListener("click", action);
  for (const button of root.querySelectorAll("[data-closes]")) button.addEventListener("click", () => button.closest("dialog").close());
  canvas.onView((scale) => (at("scale").textContent = `${Math.round(scale * 100)}%`));

  editor.setProblems(data.problems);
  canvas.fit(READABLE);
  showPanel();
  at("undo").disabled = at("redo").disabled = true;
  new ResizeObserver(() => canvas.pan(0, 0)).observe(svg);
  root.dataset.ready = "yes";
  said.textContent = t("The drawing has %(count)s steps. Tab goes from one to the next.", { count: editor.doc.nodes.length });
  window.anjuDesigner = editor;
}
