// The desk works from the keyboard. A key acts only while no field has the focus.
const FIELDS = "input:not([type=radio]):not([type=checkbox]), select, textarea";

export function shortcuts() {
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) {
      const form = document.activeElement?.form;
      if (form?.method === "post") form.requestSubmit();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape") {
      document.activeElement?.blur();
      return;
    }
    if (document.activeElement?.matches(FIELDS) || document.querySelector("dialog[open]")) return;
    const rows = [...document.querySelectorAll("[data-queue] :is(.queue-row, .queue-item)")];
    if (event.key === "j" || event.key === "k") {
      if (rows.length) event.preventDefault();
      move(rows, event.key === "j" ? 1 : -1);
    } else if (event.key === "g") {
      nextStep(event);
    } else {
      byKey(event);
    }
  });
  for (const button of document.querySelectorAll("[data-open-dialog]")) {
    button.addEventListener("click", () => document.getElementById(button.dataset.openDialog).showModal());
  }
}

function move(rows, step) {
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const to = at < 0 ? 0 : Math.min(Math.max(at + step, 0), rows.length - 1);
  rows[to].querySelector("a").focus();
  rows[to].scrollIntoView({ block: "nearest" });
}

function nextStep(event) {
  const action = document.querySelector("[data-shortcut-focus=g] details.action");
  if (!action) return;
  event.preventDefault();
  action.open = true;
  action.scrollIntoView({ block: "center" });
  action.querySelector("form :is(input:not([type=hidden]), select, textarea, button)").focus();
}

function byKey(event) {
  const target = [...document.querySelectorAll("[data-shortcut]")].find((one) => one.dataset.shortcut === event.key);
  if (!target) return;
  event.preventDefault();
  if (target.matches(FIELDS)) {
    target.focus();
    target.select();
  } else {
    target.click();
  }
}
