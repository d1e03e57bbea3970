// The form designer: one draft, changed by hand, saved as it changes, shown as owners will see it.
import { startBoard } from "./designer_board.js";
import { startPanel } from "./designer_panel.js";
import { Draft } from "./draft.js";

const SAVE_AFTER_MS = 500;

export function start() {
  const root = document.querySelector("[data-form-designer]");
  const about = JSON.parse(root.dataset.formDesigner);
  const draft = new Draft(about);
  startBoard(root, draft);
  startPanel(root, draft);
  startSaving(draft);
  startPreview(root, draft);
  startTools(draft);
  draft.tell("definition");
}

function startTools(draft) {
  const [undo, redo] = ["undo", "redo"].map((name) => document.querySelector(`[data-${name}]`));
  undo.addEventListener("click", () => draft.undo());
  redo.addEventListener("click", () => draft.redo());
  document.querySelector("[data-settings]").addEventListener("click", () => draft.select(-1));
  draft.hear(() => {
    undo.disabled = !draft.canUndo;
    redo.disabled = !draft.canRedo;
    const title = draft.definition.title?.[draft.language];
    document.querySelector("[data-form-title]").textContent = title || draft.about.key;
  });
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.target.matches("input, textarea")) return;
    const key = event.key.toLowerCase();
    if (key === "z" && !event.shiftKey) draft.undo();
    else if ((key === "z" && event.shiftKey) || key === "y") draft.redo();
    else return;
    event.preventDefault();
  });
}

// Saves one after the other, the newest last; a save that failed is tried again with the next change, or soon.
function startSaving(draft) {
  const shown = document.querySelector("[data-save-state]");
  const words = draft.about.words;
  let timer = 0;
  let isSaving = false;
  let isDirty = false;
  let isOvertaken = false;

  const say = (text, tone = "") => {
    shown.textContent = text;
    shown.dataset.tone = tone;
  };
  const save = async () => {
    if (isSaving || isOvertaken) return;
    isSaving = true;
    isDirty = false;
    say(words.saving);
    try {
      const answer = await fetch(`/manage/forms/${draft.about.key}/draft`, {
        method: "PUT",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ definition: draft.definition, revision: draft.revision }),
      });
      if (answer.status === 409) {
        isOvertaken = true;
        say(words.conflict, "bad");
      } else if (!answer.ok) {
        throw new Error(String(answer.status));
      } else {
        const kept = await answer.json();
        draft.revision = kept.revision;
        draft.problems = kept.problems;
        say(words.saved, "good");
        draft.tell("saved");
      }
    } catch {
      isDirty = true;
      say(words.not_saved, "bad");
      timer = setTimeout(save, 4000);
    }
    isSaving = false;
    if (isDirty && !timer) timer = setTimeout(save, SAVE_AFTER_MS);
  };
  draft.hear((what) => {
    if (what !== "definition" || draft.isFresh) return;
    isDirty = true;
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = 0;
      save();
    }, SAVE_AFTER_MS);
  });
  window.addEventListener("beforeunload", (event) => {
    if (isDirty || isSaving) event.preventDefault();
  });
}

// The real page in a frame of a phone's width; where one had scrolled to stays in sight.
function startPreview(root, draft) {
  const frame = root.querySelector("[data-preview-frame]");
  let language = draft.language;
  let scrolled = 0;
  const load = () => {
    scrolled = frame.contentWindow?.scrollY ?? 0;
    frame.contentWindow.location.replace(`/manage/forms/${draft.about.key}/preview?language=${language}`);
  };
  frame.addEventListener("load", () => frame.contentWindow.scrollTo(0, scrolled));
  root.querySelector("[data-preview-language]").addEventListener("change", (event) => {
    language = event.target.value;
    load();
  });
  draft.hear((what) => what === "saved" && load());
  load();
}
