// The draft is saved by itself, shortly after each change, and checked with the same question; its state is always shown.
import { ask } from "./asking.js";
import { t } from "./words.js";

const PAUSE_MS = 350;
const RETRY_MS = 4000;

/**
 * Keeps `editor`'s document in the draft at `url`. `show(state, sentence)` hears how it stands: saved, changed, saving,
 * failed or conflict. `save()` saves at once and resolves when nothing is left to save.
 */
export function makeSaving(editor, { url, revision }, show) {
  let known = revision;
  let savedDoc = editor.doc;
  let timer = null;
  let flight = null;
  let state = "saved";

  const tell = (next, sentence) => {
    state = next;
    show(next, sentence);
  };

  function changed() {
    if (state === "conflict") return;
    if (editor.doc === savedDoc && !flight) return tell("saved", t("All changes are saved"));
    tell("changed", t("Not saved yet"));
    later(PAUSE_MS);
  }

  function later(pause) {
    clearTimeout(timer);
    timer = setTimeout(save, pause);
  }

  async function save() {
    clearTimeout(timer);
    if (flight) {
      await flight;
      return editor.doc === savedDoc ? undefined : save();
    }
    if (editor.doc === savedDoc || state === "conflict") return undefined;
    flight = send(editor.doc);
    const done = await flight;
    flight = null;
    return done && editor.doc !== savedDoc ? save() : undefined;
  }

  async function send(doc) {
    tell("saving", t("Saving …"));
    try {
      const answer = await ask("PUT", url, { revision: known, definition: doc });
      known = answer.revision;
      savedDoc = doc;
      if (editor.doc === doc) tell("saved", t("All changes are saved"));
      editor.setProblems(answer.problems);
      return true;
    } catch (refused) {
      if (refused.status === 409) tell("conflict", refused.message);
      else {
        tell("failed", refused.message);
        if (refused.status === 0 || refused.status >= 500) later(RETRY_MS);
      }
      return false;
    }
  }

  editor.heard(({ isDocument }) => isDocument && changed());
  window.addEventListener("beforeunload", (event) => {
    if (editor.doc !== savedDoc && state !== "conflict") event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && save());
  return {
    save,
    get revision() {
      return known;
    },
    get isSaved() {
      return editor.doc === savedDoc && !flight;
    },
  };
}
