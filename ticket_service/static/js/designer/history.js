// Undo and redo without a limit: documents share what did not change, so each step is small.

/** A history of documents; `onChange` hears of each new present. */
export function makeHistory(first, onChange) {
  const past = [];
  let present = first;
  const future = [];
  let lastReason = null;

  const tell = (reason) => onChange(present, reason);
  return {
    get present() {
      return present;
    },
    get canUndo() {
      return past.length > 0;
    },
    get canRedo() {
      return future.length > 0;
    },
    get length() {
      return past.length;
    },
    /** Take a new document. Changes in a row with the same `merge` name (typing into one field) are one step. */
    change(next, merge = null) {
      if (next === present) return;
      if (!(merge && merge === lastReason)) past.push(present);
      lastReason = merge;
      present = next;
      future.length = 0;
      tell("change");
    },
    /** The next change is a step of its own, whatever it is. */
    settle() {
      lastReason = null;
    },
    undo() {
      if (!past.length) return;
      future.push(present);
      present = past.pop();
      lastReason = null;
      tell("undo");
    },
    redo() {
      if (!future.length) return;
      past.push(present);
      present = future.pop();
      lastReason = null;
      tell("redo");
    },
  };
}
