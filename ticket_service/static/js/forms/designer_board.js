// Palette and board: kinds are dragged in, fields dragged about; the keyboard can do all of it.
import { element, iconOf } from "./elements.js";

const GROUPS = ["place_group", "taxonomy_group"];
const ICONS = {
  text: "message", long_text: "clipboard", number: "chart", money: "coins", phone: "phone", date: "calendar", date_time: "clock",
  choice: "check", choices: "filter", cascade: "link", photo: "camera", video: "play", signature: "user", rating: "star",
  computed: "keyboard", section: "menu", place_group: "home", taxonomy_group: "wrench",
};
const DRAG_FROM_PX = 5;
const SCROLL_EDGE_PX = 60;

export function startBoard(root, draft) {
  const list = root.querySelector("[data-fields]");
  const palette = root.querySelector("[data-palette]");
  const { words, kinds } = draft.about;
  for (const kind of [...GROUPS, ...kinds]) {
    const button = element("button", { type: "button", class: "palette-item", "data-kind": kind }, iconOf(ICONS[kind]), words[kind]);
    button.addEventListener("click", () => !button.dataset.dragged && draft.insert(draft.fresh(kind), placeAfterSelected(draft)));
    dragging(button, list, { begin: () => ({ ghost: words[kind] }), drop: (at) => draft.insert(draft.fresh(kind), at) });
    palette.append(button);
  }
  draft.hear(() => {
    const hadFocus = list.contains(document.activeElement);
    draw(list, draft);
    showProblems(root, draft);
    // The cards are new ones; whoever works from the keyboard stays where they were.
    if (hadFocus) list.children[Math.max(draft.selected, 0)]?.focus({ preventScroll: true });
  });
  list.addEventListener("keydown", (event) => onKey(event, list, draft));
}

const placeAfterSelected = (draft) => (draft.selected < 0 ? draft.fields.length : draft.selected + 1);

function draw(list, draft) {
  const { words } = draft.about;
  list.replaceChildren(...draft.fields.map((field, index) => cardOf(field, index, list, draft)));
  if (!draft.fields.length) list.append(element("li", { class: "empty" }, iconOf("plus"), words.drop_here));
}

function cardOf(field, index, list, draft) {
  const { words } = draft.about;
  const problems = draft.problemsOf(field.key);
  const card = element(
    "li",
    {
      class: `field-card ${field.kind === "section" ? "is-section" : ""} ${problems.length ? "has-problem" : ""}`,
      tabindex: index === Math.max(draft.selected, 0) ? "0" : "-1",
      "data-index": index,
      "aria-current": index === draft.selected ? "true" : null,
    },
    element("span", { class: "field-grip", "aria-hidden": "true" }, iconOf(ICONS[field.kind])),
    element(
      "span",
      { class: "field-words" },
      element("span", { class: "strong" }, field.label?.[draft.language] || "–", field.is_required ? element("span", { class: "required-mark" }, "*") : ""),
      element("span", { class: "small faint" }, `${words[field.level] ?? words[field.kind]} · ${field.key}`, field.visible_if ? ` · ${words.visible_if} …` : ""),
      ...problems.map((problem) => element("span", { class: "field-problem" }, iconOf("alert"), problem.text)),
    ),
    element(
      "span",
      { class: "field-tools" },
      tool("copy", words.duplicate, () => draft.duplicate(index)),
      tool("close", words.remove, () => draft.remove(index)),
    ),
  );
  card.addEventListener("click", () => draft.select(index));
  card.addEventListener("focus", () => draft.selected !== index && draft.select(index));
  dragging(card, list, {
    begin: () => ({ ghost: field.label?.[draft.language] || field.key }),
    drop: (at) => draft.move(index, at > index ? at - 1 : at),
  });
  return card;
}

function tool(icon, words, act) {
  const button = element("button", { type: "button", class: "tool-button", title: words, "aria-label": words, tabindex: "-1" }, iconOf(icon));
  button.addEventListener("click", (event) => {
    event.stopPropagation();
    act();
  });
  button.addEventListener("pointerdown", (event) => event.stopPropagation());
  return button;
}

function showProblems(root, draft) {
  const shown = root.querySelector("[data-problems]");
  const { words } = draft.about;
  const count = draft.problems.length;
  shown.dataset.tone = count ? "warn" : "good";
  const elsewhere = draft.problems.filter((problem) => !draft.fields.some((field) => field.key === problem.place));
  shown.replaceChildren(
    iconOf(count ? "alert" : "check"),
    count ? words.problems.replace("%(count)s", count) : words.fit,
    ...elsewhere.map((problem) => element("span", { class: "elsewhere" }, problem.text)),
  );
}

function onKey(event, list, draft) {
  const card = event.target.closest(".field-card");
  if (!card || event.target !== card) return;
  const index = Number(card.dataset.index);
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
  if (step && event.altKey) draft.move(index, index + step);
  else if (step) draft.select(Math.min(Math.max(index + step, 0), draft.fields.length - 1));
  else if (event.key === "Delete" || event.key === "Backspace") draft.remove(index);
  else if (event.key === "d" && (event.ctrlKey || event.metaKey)) draft.duplicate(index);
  else if (event.key === "Enter") document.querySelector("[data-panel] :is(input, select, textarea)")?.focus();
  else return;
  event.preventDefault();
}

/** Lets something be dragged onto the list: a ghost under the pointer, a line where it would come to stand. */
function dragging(source, list, { begin, drop }) {
  source.addEventListener("pointerdown", (down) => {
    if (down.button !== 0) return;
    const isTouch = down.pointerType === "touch";
    // A finger scrolls the list; it drags by the grip, or anything of the palette.
    if (isTouch && !down.target.closest(".field-grip, .palette-item")) return;
    let ghost = null;
    let at = -1;
    const marker = element("li", { class: "drop-marker", "aria-hidden": "true" });
    const move = (event) => {
      if (!ghost && Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) < DRAG_FROM_PX) return;
      if (!ghost) {
        ghost = element("div", { class: "drag-ghost" }, begin().ghost);
        document.body.append(ghost);
        source.dataset.dragged = "yes";
      }
      ghost.style.translate = `${event.clientX + 12}px ${event.clientY + 8}px`;
      at = placeAt(list, event);
      if (at < 0) marker.remove();
      else list.insertBefore(marker, [...list.querySelectorAll(".field-card")][at] ?? null);
      if (event.clientY < SCROLL_EDGE_PX) window.scrollBy(0, -12);
      if (event.clientY > innerHeight - SCROLL_EDGE_PX) window.scrollBy(0, 12);
    };
    const end = (event) => {
      document.removeEventListener("pointermove", move);
      document.removeEventListener("pointerup", end);
      document.removeEventListener("pointercancel", end);
      marker.remove();
      if (!ghost) return;
      ghost.remove();
      // The click that ends a drag is none.
      setTimeout(() => delete source.dataset.dragged);
      if (event.type === "pointerup" && at >= 0) drop(at);
    };
    document.addEventListener("pointermove", move);
    document.addEventListener("pointerup", end);
    document.addEventListener("pointercancel", end);
  });
}

function placeAt(list, event) {
  const box = list.getBoundingClientRect();
  if (event.clientX < box.left || event.clientX > box.right || event.clientY < box.top - 40 || event.clientY > box.bottom + 40) return -1;
  const cards = [...list.querySelectorAll(".field-card")];
  const before = cards.findIndex((card) => {
    const { top, height } = card.getBoundingClientRect();
    return event.clientY < top + height / 2;
  });
  return before < 0 ? cards.length : before;
}
