// Elements of a page in few words.
import { iconHref } from "./catalogue.js";

const SVG = "http://www.w3.org/2000/svg";

/** An element: properties by name, `on…` as listeners, `data` and `aria` as attributes, then what it holds. */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "data") for (const [key, one] of Object.entries(value)) element.dataset[key] = one;
    else if (name === "class") element.className = value;
    else if (name.includes("-") || ["role", "for", "list"].includes(name)) element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** A drawing of the sprite. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", iconHref(name));
  svg.append(use);
  return svg;
}

/** A small button with a drawing; its words are its name. */
export function iconButton(name, label, onclick, extra = {}) {
  return el("button", { type: "button", class: "tool-button icon-only", title: label, "aria-label": label, onclick, ...extra }, icon(name));
}

/** A list to choose from; `options` are `[{code, title}]` with titles as plain text. */
export function chooser(options, value, onchange, { empty = null, ...properties } = {}) {
  const select = el("select", properties);
  if (empty !== null) select.append(el("option", { value: "" }, empty));
  let group = select;
  let name = null;
  for (const option of options) {
    if ((option.group ?? null) !== name) {
      name = option.group ?? null;
      group = name ? select.appendChild(el("optgroup", { label: name })) : select;
    }
    group.append(el("option", { value: String(option.code) }, option.title));
  }
  const known = options.some((option) => String(option.code) === String(value ?? ""));
  if (value !== undefined && value !== null && value !== "" && !known) select.append(el("option", { value: String(value) }, String(value)));
  if ((value === undefined || value === null || value === "") && empty === null && !known) select.prepend(el("option", { value: "", disabled: true }, "…"));
  select.value = value === undefined || value === null ? "" : String(value);
  select.addEventListener("change", () => onchange(select.value));
  return select;
}
