// Keys of the designer; the dialog with "?" lists them.
import { nodeOf } from "./model.js";

const STEP = 8;
const FAR = 40;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Listen on `root`; `showKeys` opens the list of keys, `save` saves now. */
export function listenToKeys(root, editor, { showKeys, save, focusPanel }) {
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest?.("input, textarea, select, dialog");
    const isCommand = event.ctrlKey || event.metaKey;
    if (isCommand && event.key.toLowerCase() === "s") {
      event.preventDefault();
      save();
    }
    if (isTyping || event.altKey) return;
    const done = isCommand ? command(event) : plain(event);
    if (done) event.preventDefault();
  });

  // Whoever tabs to a node has it in hand.
  root.addEventListener("focusin", (event) => {
    const key = event.target.closest?.(".node")?.dataset.key;
    if (key && !editor.canvas.isDrawing && event.target.matches(":focus-visible") && !(editor.selection.size === 1 && editor.selection.has(key))) {
      editor.select([key]);
      editor.canvas.reveal(key);
    }
  });

  function command(event) {
    switch (event.key.toLowerCase()) {
      case "z":
        return event.shiftKey ? (editor.redo(), true) : (editor.undo(), true);
      case "y":
        return editor.redo(), true;
      case "c":
        return String(getSelection()) ? false : editor.copy();
      case "v":
        return editor.paste(), true;
      case "d":
        return editor.copyHere(), true;
      case "a":
        return root.contains(event.target) || event.target === document.body ? (editor.select(editor.doc.nodes.map((node) => node.key)), true) : false;
      default:
        return false;
    }
  }

  function plain(event) {
    const onNode = event.target.closest?.(".node");
    const isOnPage = onNode || event.target === document.body || root.contains(event.target);
    switch (event.key) {
      case "?":
        return showKeys(), true;
      case "Delete":
      case "Backspace":
        if (!isOnPage || event.target.closest?.("button:not(.node), a, summary")) return false;
        return editor.remove(), true;
      case "Enter":
      case " ":
        if (!onNode) return false;
        if (!nodeOf(editor.doc, onNode.dataset.key)) return false;
        editor.select([onNode.dataset.key], { opens: true });
        focusPanel();
        return true;
      case "Escape":
        if (editor.isPanelWanted) editor.closePanel();
        else editor.select([]);
        return true;
      case "+":
      case "=":
        return editor.canvas.zoom(1.2), true;
      case "-":
        return editor.canvas.zoom(1 / 1.2), true;
      case "0":
        return editor.canvas.fit(), true;
      default: {
        const arrow = ARROWS[event.key];
        if (!arrow || !isOnPage || event.target.closest?.("button:not(.node), a, summary")) return false;
        if (!editor.selection.size || editor.isReadOnly) return editor.canvas.pan(-arrow[0] * FAR, -arrow[1] * FAR), true;
        const by = event.shiftKey ? FAR : STEP;
        return editor.moveBy(arrow[0] * by, arrow[1] * by), true;
      }
    }
  }
}
