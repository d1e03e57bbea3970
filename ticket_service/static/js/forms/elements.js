// Elements of the page, made in one line each.

/** An element with attributes (null leaves one out) and children: elements or text. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) made.setAttribute(attribute, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== ""));
  return made;
}

/** A drawing of the sprite. */
export function iconOf(name) {
  const sprite = document.querySelector("svg.icon use").getAttribute("href").replace(/#.*/, "");
  const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  drawing.setAttribute("class", "icon");
  drawing.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${sprite}#${name}`);
  drawing.append(use);
  return drawing;
}

let made = 0;

/** A control under its label. */
export function labelled(words, control, extraClass = "") {
  made += 1;
  control.id ||= `designer-${made}`;
  return element("div", { class: `field ${extraClass}` }, element("label", { for: control.id }, words), control);
}

/** A text input. */
export function input(value, set, attributes = {}) {
  const control = element("input", { type: "text", ...attributes });
  control.value = value ?? "";
  control.addEventListener("input", () => set(control.value));
  return control;
}

/** A number input; empty is undefined. */
export function numberInput(value, set, attributes = {}) {
  const control = element("input", { type: "number", step: "any", ...attributes });
  control.value = value ?? "";
  control.addEventListener("input", () => {
    if (control.validity.badInput) return;
    set(control.value === "" ? undefined : Number(control.value));
  });
  return control;
}

/** A select of pairs of code and words. */
export function select(value, entries, set, attributes = {}) {
  const control = element("select", attributes, ...entries.map(([code, words]) => element("option", { value: code }, words)));
  control.value = value ?? "";
  if (control.selectedIndex < 0) control.selectedIndex = 0;
  control.addEventListener("change", () => set(control.value));
  return control;
}

/** A check with words behind it. */
export function check(value, words, set) {
  const control = element("input", { type: "checkbox" });
  control.checked = Boolean(value);
  control.addEventListener("change", () => set(control.checked || undefined));
  return element("label", { class: "check" }, control, element("span", {}, words));
}

/** A small button. */
export function button(words, act, tone = "") {
  const made_ = element("button", { type: "button", class: `button small ${tone}` }, words);
  made_.addEventListener("click", act);
  return made_;
}
