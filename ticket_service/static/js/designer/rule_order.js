// Rules dragged to another place; the buttons beside them do the same without a mouse.
const list = document.querySelector("[data-rules]");
let dragged = null;

const clear = () => list.querySelectorAll(".is-before").forEach((rule) => rule.classList.remove("is-before"));
const over = (event) => event.target.closest?.("[data-rule], .rule-default");

list.addEventListener("dragstart", (event) => {
  dragged = event.target.closest("[data-rule]");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setDragImage(dragged, 12, 12);
  dragged.classList.add("is-dragged");
});
list.addEventListener("dragover", (event) => {
  if (!dragged || !over(event)) return;
  event.preventDefault();
  clear();
  over(event).classList.add("is-before");
});
list.addEventListener("dragend", () => {
  dragged?.classList.remove("is-dragged");
  dragged = null;
  clear();
});
list.addEventListener("drop", (event) => {
  const before = over(event);
  if (!dragged || !before || before === dragged) return;
  event.preventDefault();
  const rules = [...list.querySelectorAll("[data-rule]")];
  const [from, at] = [rules.indexOf(dragged), before.dataset.rule ? rules.indexOf(before) : rules.length];
  const form = dragged.querySelector("[data-move]");
  const place = document.createElement("input");
  Object.assign(place, { type: "hidden", name: "position", value: String((at > from ? at - 1 : at) + 1) });
  form.append(place);
  form.submit();
});
