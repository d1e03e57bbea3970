// The state of editing: the document with its history, what is selected, what is wrong; and everything one can do to it.
import { arranged } from "./canvas.js";
import { makeHistory } from "./history.js";
import { clearOf, grown, insertedAfter, insertedAt, insertedFrom, insertedOnEdge } from "./inserting.js";
import { connected, edgesOf, exitsOf, newExit, nodeOf, pasted, titleOf, withoutNodes } from "./model.js";
import { pick, t } from "./words.js";

const CLIPBOARD = "anju:designer:copied";

/** An editor on `canvas` for `doc`; `heard` listeners are called after each change with `{isTyping, isDocument}`. */
export function makeEditor(canvas, doc, { isReadOnly = false, say = () => {}, options = {} } = {}) {
  const listeners = [];
  let selection = new Set();
  let selectedEdge = null;
  let problems = [];
  let isPanelWanted = false;
  let isTyping = false;
  const history = makeHistory(doc, () => {
    selection = new Set([...selection].filter((key) => nodeOf(history.present, key)));
    if (selectedEdge && !edgesOf(history.present).some((edge) => edge.id === selectedEdge)) selectedEdge = null;
    redraw();
    tell({ isDocument: true });
  });

  const tell = (what) => listeners.forEach((listener) => listener({ isTyping, ...what }));
  /** Show other marks on the same document. */
  function dress(given) {
    Object.assign(options, given);
    redraw();
  }

  const places = () => (hasOwnPlaces() ? canvas.state.places : null);
  const hasOwnPlaces = () => Object.keys(history.present.layout ?? {}).length > 0;

  function redraw(extra = {}) {
    const marks = new Map(options.marks ?? []);
    for (const problem of problems) {
      if (!problem.node) continue;
      const mark = marks.get(problem.node) ?? { problems: [] };
      mark.problems.push(problem);
      marks.set(problem.node, mark);
    }
    canvas.show(history.present, { ...options, selection, selectedEdge, marks, mayGrow: !isReadOnly, ...extra });
  }

  function change(next, { merge = null, isTyping: typing = false, select = null } = {}) {
    if (isReadOnly || next === history.present) return;
    isTyping = typing;
    if (select) [selection, selectedEdge] = [new Set(select), null];
    history.change(next, merge);
    isTyping = false;
  }

  function select(keys, { adds = false, opens = null } = {}) {
    const chosen = new Set(adds ? selection : []);
    for (const key of keys) if (adds && chosen.has(key)) chosen.delete(key);
      else chosen.add(key);
    selection = chosen;
    selectedEdge = null;
    if (opens !== null) isPanelWanted = opens;
    history.settle();
    redraw();
    tell({ isDocument: false });
  }

  function added({ doc: next, chosen }) {
    isPanelWanted = true;
    change(next, { select: [chosen] });
    canvas.reveal(chosen);
    say(t("%(title)s added.", { title: titleOf(nodeOf(history.present, chosen), pick) }));
  }

  const editor = {
    isReadOnly,
    canvas,
    redraw,
    dress,
    change,
    select,
    get doc() {
      return history.present;
    },
    get selection() {
      return selection;
    },
    get selectedEdge() {
      return selectedEdge;
    },
    get problems() {
      return problems;
    },
    get isPanelWanted() {
      return isPanelWanted;
    },
    get canUndo() {
      return history.canUndo;
    },
    get canRedo() {
      return history.canRedo;
    },
    heard: (listener) => listeners.push(listener),
    problemsOf: (key) => problems.filter((problem) => (key === null ? !problem.node : problem.node === key)),
    setProblems(found) {
      problems = found;
      redraw();
      tell({ isDocument: false, isCheck: true });
    },
    selectEdge(id) {
      selection = new Set();
      selectedEdge = id;
      redraw();
      tell({ isDocument: false });
    },
    openPanel(isOpen = true) {
      isPanelWanted = isOpen;
      tell({ isDocument: false });
    },
    closePanel() {
      isPanelWanted = false;
      tell({ isDocument: false, isClosing: true });
    },
    undo() {
      history.undo();
      say(t("Undone."));
    },
    redo() {
      history.redo();
      say(t("Done again."));
    },
    connect(key, slot, to) {
      if (nodeOf(history.present, to)?.kind === "start") return say(t("Nothing leads back to the start. Connect to the step after it."));
      if (slot) return change(connected(history.present, key, slot, to));
      const made = newExit(nodeOf(history.present, key), to);
      if (made) change(grown(history.present, key, made), { select: [key] });
    },
    remove() {
      if (isReadOnly) return;
      if (selectedEdge) {
        const edge = edgesOf(history.present).find((one) => one.id === selectedEdge);
        change(connected(history.present, edge.from, edge.slot, null));
        return say(t("Connection removed."));
      }
      const keys = [...selection].filter((key) => nodeOf(history.present, key).kind !== "start");
      if (!keys.length) return;
      const base = hasOwnPlaces() ? withPlaces(history.present) : history.present;
      change(withoutNodes(base, keys), { select: [] });
      say(t("%(count)s steps removed. Ctrl+Z brings them back.", { count: keys.length }));
    },
    insert(name, { edge = null, point = null, from = null } = {}) {
      const now = history.present;
      if (edge) return added(insertedOnEdge(now, name, edge, places()));
      if (from) return added(insertedFrom(now, name, from.key, ensuredSlot(from), point, allPlaces()));
      if (point) return added(insertedAt(now, name, point, allPlaces()));
      const only = selectedEdge && edgesOf(now).find((one) => one.id === selectedEdge);
      if (only) return added(insertedOnEdge(now, name, only, places()));
      const after = [...selection].at(-1);
      if (after && exitsOf(nodeOf(now, after)).length) return added(insertedAfter(now, name, after, places()));
      const middle = canvas.svg.getBoundingClientRect();
      const centre = canvas.toWorld(middle.left + middle.width / 2, middle.top + middle.height / 3);
      added(insertedAt(now, name, clearOf(centre, allPlaces()), allPlaces()));
    },
    copy() {
      const copied = [...selection].map((key) => ({ node: nodeOf(history.present, key), place: canvas.state.places[key] })).filter((one) => one.node.kind !== "start");
      if (!copied.length) return false;
      sessionStorage.setItem(CLIPBOARD, JSON.stringify(copied));
      say(t("%(count)s steps copied.", { count: copied.length }));
      return true;
    },
    paste() {
      const copied = JSON.parse(sessionStorage.getItem(CLIPBOARD) ?? "null");
      if (!copied || isReadOnly) return;
      const { doc: next, keys } = pasted(withPlaces(history.present), copied, 40);
      change(next, { select: keys });
      canvas.groupOf(keys[0])?.focus({ preventScroll: true });
      editor.select(keys);
    },
    copyHere() {
      if (editor.copy()) editor.paste();
    },
    /** Nodes at new places, as a step of its own or one with the moves just before. */
    move(moved, merge = null) {
      const base = withPlaces(history.present);
      change({ ...base, layout: { ...base.layout, ...moved } }, { merge });
    },
    moveBy(dx, dy) {
      const moved = Object.fromEntries([...selection].map((key) => [key, { x: Math.round(canvas.state.places[key].x + dx), y: Math.round(canvas.state.places[key].y + dy) }]));
      if (Object.keys(moved).length) editor.move(moved, "arrows");
    },
    arrange() {
      const { layout, ...rest } = history.present;
      change({ ...rest, layout: arranged({ ...rest, layout: {} }, () => ({ mayGrow: !isReadOnly })) });
      canvas.fit(0.55);
      say(t("The drawing is tidied up."));
    },
  };

  // A way out that is drawn from "+" is made when it has somewhere to lead.
  function ensuredSlot({ key, slot }) {
    if (slot) return slot;
    const node = nodeOf(history.present, key);
    return [...newExit(node, "").path, newExit(node, "").value.length - 1, ...(node.kind === "split" ? [] : ["next"])];
  }

  const allPlaces = () => canvas.state.places;
  const withPlaces = (now) => ({ ...now, layout: { ...Object.fromEntries(now.nodes.map((node) => [node.key, canvas.state.places[node.key]])), ...now.layout } });

  redraw();
  return editor;
}
