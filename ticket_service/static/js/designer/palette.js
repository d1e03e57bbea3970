// What can be put into a process: dragged onto the drawing or onto a connection, or added after what is selected.
import { kindSummary, kindTitle } from "./catalogue.js";
import { el, icon } from "./dom.js";
import { SNIPPETS } from "./inserting.js";
import { KINDS } from "./model.js";
import { t } from "./words.js";

const ICONS = { task: "wrench", approval: "stamp", branch: "branch", split: "split", join: "join", timer: "clock", notice: "bell", subprocess: "layers", end: "flag", approval_above: "stamp", in_parallel: "split", wait_then_tell: "bell" };
const SLACK = 6;

/** The palette in `host`, working on `editor`. */
export function makePalette(host, editor, { onPick = () => {} } = {}) {
  const group = (title, names) => [el("h2", { class: "tiny faint" }, title), el("ul", {}, names.map((name) => el("li", {}, item(name))))];
  host.replaceChildren(...group(t("Insert in one step"), SNIPPETS), ...group(t("Steps"), KINDS));

  function item(name) {
    const isSnippet = SNIPPETS.includes(name);
    const button = el("button", { type: "button", class: `palette-item palette-${name}`, data: { kind: name }, title: kindSummary(name) }, icon(ICONS[name]), el("span", {}, kindTitle(name)));
    if (isSnippet) button.classList.add("is-snippet");
    dragged(button, name);
    return button;
  }

  function dragged(button, name) {
    let ghost = null;
    let down = null;
    let wasDragged = false;
    const clear = () => {
      ghost?.remove();
      ghost = down = null;
      mark(null);
    };
    button.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      down = event;
      wasDragged = false;
      button.setPointerCapture(event.pointerId);
    });
    button.addEventListener("pointermove", (event) => {
      if (!down) return;
      if (!ghost && Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) > SLACK) {
        ghost = el("div", { class: "palette-ghost" }, icon(ICONS[name]), kindTitle(name));
        document.body.append(ghost);
        wasDragged = true;
      }
      if (!ghost) return;
      ghost.style.transform = `translate(${event.clientX + 10}px, ${event.clientY + 10}px)`;
      mark(edgeUnder(event));
    });
    button.addEventListener("pointerup", (event) => {
      const edge = edgeUnder(event);
      const isOver = ghost && isOverCanvas(event);
      clear();
      if (!isOver) return;
      onPick();
      if (edge) editor.insert(name, { edge });
      else editor.insert(name, { point: editor.canvas.toWorld(event.clientX, event.clientY) });
    });
    button.addEventListener("pointercancel", clear);
    button.addEventListener("click", () => {
      if (wasDragged) wasDragged = false;
      else {
        onPick();
        editor.insert(name);
      }
    });
  }

  function isOverCanvas(event) {
    const frame = editor.canvas.svg.getBoundingClientRect();
    const own = host.getBoundingClientRect();
    const inside = (box) => event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
    return inside(frame) && !inside(own);
  }

  function edgeUnder(event) {
    return isOverCanvas(event) ? editor.canvas.edgeAt(editor.canvas.toWorld(event.clientX, event.clientY), 24) : null;
  }

  function mark(edge) {
    for (const group of editor.canvas.svg.querySelectorAll(".edge.is-target")) group.classList.remove("is-target");
    if (edge) editor.canvas.svg.querySelector(`[data-edge="${CSS.escape(edge.id)}"]`)?.classList.add("is-target");
  }
}

/** A small menu at a place of the page: what shall stand here? */
export function offerNodes(host, { clientX, clientY }, chosen) {
  const kinds = KINDS.filter((kind) => kind !== "join");
  const close = () => {
    menu.remove();
    document.removeEventListener("pointerdown", outside, true);
  };
  const outside = (event) => !menu.contains(event.target) && close();
  const pickOne = (kind) => {
    close();
    chosen(kind);
  };
  const menu = el(
    "div",
    { class: "quick-menu", role: "menu", "aria-label": t("What comes next?"), onkeydown: (event) => event.key === "Escape" && close() },
    el("p", { class: "tiny faint" }, t("What comes next?")),
    kinds.map((kind) => el("button", { type: "button", role: "menuitem", class: "quick-item", onclick: () => pickOne(kind) }, icon(ICONS[kind]), kindTitle(kind))),
  );
  const frame = host.getBoundingClientRect();
  host.append(menu);
  menu.style.left = `${Math.max(8, Math.min(clientX - frame.left, frame.width - menu.offsetWidth - 8))}px`;
  menu.style.top = `${Math.max(8, Math.min(clientY - frame.top, frame.height - menu.offsetHeight - 8))}px`;
  menu.querySelector("button").focus();
  document.addEventListener("pointerdown", outside, true);
}

