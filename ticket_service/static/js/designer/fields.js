// Controls made from the schema of a definition: each property of a node becomes what a person can fill in. What a
// property is called, where its choices come from and when it matters is said by the hints of the server.
import { optionsOf } from "./catalogue.js";
import { conditionBuilder, moneyInput } from "./conditions.js";
import { chooser, el, icon, iconButton } from "./dom.js";
import { isChinese, pick, t } from "./words.js";

const CONDITIONS = new Set(["Comparison", "AllOf", "AnyOf", "NoneOf"]);

let schema = { $defs: {} };
let hints = {};

/** Take the schema of definitions and the hints for people. */
export function learn(givenSchema, givenHints) {
  schema = givenSchema;
  hints = givenHints;
}

const nameOf = (ref) => ref?.$ref?.split("/").at(-1);

/** The model behind each kind of node, as the schema says. */
export function modelOfKind(kind) {
  const mapping = schema.properties.nodes.items.discriminator.mapping;
  return mapping[kind]?.split("/").at(-1);
}

const modelOf = (name) => (name === "Definition" ? schema : (schema.$defs[name] ?? {}));

const hintOf = (model, property) => hints[`${model}.${property}`] ?? {};

/** A property by its schema: `{type: text|condition|list|choice|model|boolean|integer|string, of, isOptional}`. */
export function shapeOf(given) {
  if (nameOf(given) && CONDITIONS.has(nameOf(given))) return { type: "condition" };
  if (nameOf(given) === "Text") return { type: "text" };
  if (nameOf(given)) {
    const inner = schema.$defs[nameOf(given)];
    return inner.enum ? { type: "choice", values: inner.enum } : inner.properties ? { type: "model", of: nameOf(given) } : shapeOf(inner);
  }
  if (given.anyOf) {
    const parts = given.anyOf.filter((one) => one.type !== "null");
    if (parts.some((one) => CONDITIONS.has(nameOf(one)))) return { type: "condition", isOptional: parts.length < given.anyOf.length };
    return { ...shapeOf(parts[0]), isOptional: true };
  }
  if (given.enum) return { type: "choice", values: given.enum };
  if (given.const !== undefined) return { type: "fixed" };
  if (given.type === "array") return { type: "list", of: shapeOf(given.items ?? given.prefixItems?.[0] ?? {}) };
  return { type: given.type ?? "string" };
}

/**
 * The controls for an object of `model`. `context`: {doc, problemsAt(path), change(path, value, isTyping)}; `path` is where
 * the object stands in its node.
 */
export function controlsOf(model, value, path, context, { leaveOut = [] } = {}) {
  const made = modelOf(model);
  const properties = Object.entries(made.properties ?? {});
  const [plain, more] = [[], []];
  for (const [property, given] of properties) {
    const hint = hintOf(model, property);
    if (leaveOut.includes(property) || hint.isHidden || shapeOf(given).type === "fixed") continue;
    if (hint.when && !Object.entries(hint.when).every(([other, values]) => values.includes(value[other] ?? null))) continue;
    const isRequired = (made.required ?? []).includes(property);
    const control = controlOf(given, value[property], [...path, property], context, { hint, isRequired, fallback: given.default });
    (hint.isMore ? more : plain).push({ order: hint.order ?? 50, control });
  }
  const inOrder = (list) => list.sort((a, b) => a.order - b.order).map((one) => one.control);
  const parts = inOrder(plain);
  if (more.length) parts.push(el("details", { class: "more", data: { path: [...path, "more"].join(".") } }, el("summary", {}, t("More")), el("div", { class: "fields" }, inOrder(more))));
  return parts;
}

function controlOf(given, value, path, context, { hint, isRequired, fallback }) {
  const shape = shapeOf(given);
  const id = `p-${path.join("-")}`;
  const label = hint.label ?? path.at(-1);
  const change = (next, isTyping = false) => context.change(path, next === fallback && !isRequired ? undefined : next, isTyping);
  const current = value === undefined ? fallback : value;
  const control = { id, data: { path: path.join(".") } };
  const problems = context.problemsAt(path);
  if (problems.length) control["aria-invalid"] = "true";
  const wrapped = (...inner) => field({ id, label, hint, isRequired, problems }, ...inner);
  switch (shape.type) {
    case "text":
      return textPair({ label, hint, path, value, isRequired, problems, isOptional: shape.isOptional }, context);
    case "condition":
      return conditionField({ label, hint, value, path, problems, isOptional: shape.isOptional }, context);
    case "list":
      return listField({ given, shape, label, hint, value: current ?? [], path, problems }, context);
    case "model":
      return el("fieldset", { class: "inner" }, el("legend", {}, label), el("div", { class: "fields" }, controlsOf(shape.of, current ?? {}, path, context)));
    case "boolean":
      return el("div", { class: "field" }, el("label", { class: "check" }, el("input", { type: "checkbox", checked: current === true, onchange: (event) => change(event.target.checked), ...control }), el("span", {}, label)), helpOf(hint), faults(problems));
    case "integer":
    case "number":
      if (hint.widget === "money") return wrapped(moneyInput(current, (next) => change(next, true), control));
      if (hint.widget === "minutes") return wrapped(minutesInput(current, change, control));
      return wrapped(el("input", { type: "number", value: current ?? "", oninput: (event) => change(event.target.value === "" ? undefined : Math.round(event.target.valueAsNumber), true), ...control }));
    default:
      return wrapped(singleControl({ shape, hint, current, change, control, isRequired, context }));
  }
}

function singleControl({ shape, hint, current, change, control, isRequired, context }) {
  const options = choicesFor(hint, shape, context);
  if (options) {
    const empty = isRequired && current ? null : (hint.empty ?? (isRequired ? t("Please choose") : t("none")));
    return chooser(options, current, (next) => change(next === "" ? undefined : next), { empty, ...control });
  }
  return el("input", { type: "text", value: current ?? "", oninput: (event) => change(event.target.value || undefined, true), ...control });
}

/** The choices of a property: a list of the house, the nodes of the drawing, or the values the schema allows. */
function choicesFor(hint, shape, context) {
  if (hint.source === "nodes") return context.nodeOptions();
  if (hint.source === "tasks") return context.nodeOptions(["task"]);
  if (hint.source === "joins") return context.nodeOptions(["join"]);
  if (hint.source === "steps") return context.nodeOptions(["task", "approval"]);
  if (hint.source === "choices") return context.choiceOptions();
  if (hint.source === "field_keys") return context.fieldOptions();
  if (hint.source) return optionsOf(hint.source).map((one) => ({ code: one.code, title: pick(one.title) }));
  if (shape.type === "choice") return shape.values.map((code) => ({ code, title: hint.values?.[code] ?? code }));
  return null;
}

function field({ id, label, hint, isRequired, problems }, ...inner) {
  return el("div", { class: "field" }, el("label", { htmlFor: id }, label, isRequired && el("span", { class: "required-mark", "aria-hidden": "true" }, "*")), ...inner, helpOf(hint), faults(problems));
}

const helpOf = (hint) => hint.help && el("p", { class: "hint" }, hint.help);
const faults = (problems) => problems.map((problem) => el("p", { class: "field-error" }, icon("alert"), problem.message));

function textPair({ label, hint, path, value, isRequired, problems, isOptional }, context) {
  const sides = isChinese() ? ["zh-CN", "en"] : ["en", "zh-CN"];
  const names = { "zh-CN": "中文", en: "English" };
  const set = (side, text) => {
    const pair = { ...value, [side]: text };
    context.change(path, isOptional && !pair["zh-CN"] && !pair.en ? undefined : pair, true);
  };
  const inputs = sides.map((side) => {
    const properties = { value: value?.[side] ?? "", lang: side, oninput: (event) => set(side, event.target.value), "aria-label": `${label} (${names[side]})`, data: { path: [...path, side].join(".") } };
    if ((isRequired || value) && !value?.[side]) properties["aria-invalid"] = "true";
    return el("div", { class: "language-side" }, el("span", { class: "tiny faint", "aria-hidden": "true" }, side === "en" ? "EN" : "中"), hint.widget === "long" ? el("textarea", { rows: 2, ...properties }) : el("input", { type: "text", ...properties }));
  });
  return el("div", { class: "field" }, el("span", { class: "label" }, label, isRequired && el("span", { class: "required-mark", "aria-hidden": "true" }, "*")), inputs, helpOf(hint), faults(problems));
}

function conditionField({ label, hint, value, path, problems, isOptional }, context) {
  const change = (next, isTyping) => context.change(path, next, isTyping);
  const first = { field: "severity", op: "eq", value: "urgent" };
  const content = value
    ? [conditionBuilder(value, change, context.doc, path.join(".")), isOptional && el("button", { type: "button", class: "button quiet small", onclick: () => change(undefined) }, icon("close"), t("No condition"))]
    : [el("button", { type: "button", class: "button small", onclick: () => change(first) }, icon("plus"), hint.empty ?? t("Only under a condition"))];
  return el("div", { class: "field" }, el("span", { class: "label" }, label), ...content, helpOf(hint), faults(problems));
}

function minutesInput(value, change, control) {
  const units = [["1", t("minutes")], ["60", t("hours")], ["1440", t("days")]];
  const unit = value && value % 1440 === 0 ? "1440" : value && value % 60 === 0 ? "60" : "1";
  const input = el("input", { type: "number", min: 1, step: 1, value: value === undefined || value === null ? "" : value / Number(unit), ...control });
  const select = chooser(units.map(([code, title]) => ({ code, title })), unit, () => set(), { "aria-label": t("Unit of time") });
  const set = (isTyping = false) => change(input.value === "" ? undefined : Math.round(input.valueAsNumber * Number(select.value)), isTyping);
  input.addEventListener("input", () => set(true));
  return el("span", { class: "with-unit" }, input, select);
}

function listField({ given, shape, label, hint, value, path, problems }, context) {
  const head = el("span", { class: "label" }, label);
  const inner = shape.of;
  if (inner.type === "model") return modelList({ model: inner.of, head, hint, value, path, problems }, context);
  const options = choicesFor(hint, inner, context);
  const toggle = (code, isOn) => context.change(path, isOn ? [...value, code] : value.filter((one) => one !== code));
  if (options) {
    const boxes = options.map((option) =>
      el("label", {}, el("input", { type: "checkbox", checked: value.includes(option.code), onchange: (event) => toggle(option.code, event.target.checked), data: { path: [...path, option.code].join(".") } }), el("span", {}, option.title)),
    );
    return el("div", { class: "field" }, head, el("div", { class: "chip-choice small", role: "group", "aria-label": label }, boxes), helpOf(hint), faults(problems));
  }
  const split = (text) => text.split(/[,，、]/).map((one) => one.trim()).filter(Boolean);
  return el("div", { class: "field" }, head, el("input", { type: "text", value: value.join(", "), oninput: (event) => context.change(path, split(event.target.value), true), "aria-label": label, data: { path: path.join(".") } }), helpOf(hint), faults(problems));
}

function modelList({ model, head, hint, value, path, problems }, context) {
  const items = value.map((item, index) => {
    const here = [...path, index];
    const move = (by) => {
      const next = [...value];
      next.splice(index + by, 0, ...next.splice(index, 1));
      context.change(path, next);
    };
    const summary = context.summaryOf(model, item, index);
    return el(
      "li",
      { class: "list-item" },
      el(
        "details",
        { data: { path: here.join(".") }, open: value.length === 1 && hint.isOpenAlone },
        el("summary", {}, el("span", { class: "list-item-title" }, summary), context.problemsUnder(here).length ? el("span", { class: "badge bad" }, icon("alert")) : null),
        el(
          "div",
          { class: "fields" },
          controlsOf(model, item, here, context),
          el(
            "div",
            { class: "row" },
            index > 0 && el("button", { type: "button", class: "button quiet small", onclick: () => move(-1) }, t("Earlier")),
            index < value.length - 1 && el("button", { type: "button", class: "button quiet small", onclick: () => move(1) }, t("Later")),
            el("button", { type: "button", class: "button quiet small danger push-right", onclick: () => context.change(path, value.filter((_, at) => at !== index)) }, icon("trash"), t("Remove")),
          ),
        ),
      ),
    );
  });
  const add = el("button", { type: "button", class: "button quiet small", onclick: () => context.change(path, [...value, context.fresh(model, value)]) }, icon("plus"), hint.add ?? t("Add"));
  return el("div", { class: "field" }, head, items.length ? el("ul", { class: "item-list" }, items) : null, add, helpOf(hint), faults(problems));
}

