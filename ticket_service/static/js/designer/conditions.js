// Conditions over facts: a fact by its name, an operator that fits its kind, a value to choose or type.
import { conditionTree, tickedValues } from "../condition_groups.js";
import { choicesOf, factsIn } from "./catalogue.js";
import { chooser, el, icon } from "./dom.js";
import { pick, t } from "./words.js";

const ORDERED = ["gt", "ge", "lt", "le", "eq", "ne", "is_set", "is_not_set"];
const OPERATORS = {
  money: ORDERED,
  integer: ORDERED,
  date: ORDERED,
  boolean: ["eq", "is_set", "is_not_set"],
  text: ["eq", "ne", "in", "not_in", "is_set", "is_not_set"],
};

const groupTitle = (group) =>
  ({ fields: t("Asked for in this process"), forms: t("Answered in a form") })[group] ?? t("Known about the ticket");

const operatorTitle = (op, kind) =>
  ({
    eq: kind === "text" || kind === "boolean" ? t("is") : t("is exactly"),
    ne: t("is not"),
    gt: kind === "date" ? t("is after") : t("is more than"),
    ge: kind === "date" ? t("is on or after") : t("is at least"),
    lt: kind === "date" ? t("is before") : t("is less than"),
    le: kind === "date" ? t("is on or before") : t("is at most"),
    in: t("is one of"),
    not_in: t("is none of these"),
    is_set: t("is known"),
    is_not_set: t("is not known yet"),
  })[op];

/** The operators that fit a kind of fact. */
export const operatorsFor = (kind) => OPERATORS[kind] ?? OPERATORS.text;

/** A first value that makes sense for a fact and an operator; undefined where there is none to give. */
export function firstValue(fact, op) {
  if (op === "is_set" || op === "is_not_set") return undefined;
  const choices = choicesOf(fact);
  const one = fact?.kind === "boolean" ? true : fact?.kind === "money" ? 50000 : fact?.kind === "integer" ? 1 : fact?.kind === "date" ? new Date().toISOString().slice(0, 10) : (choices?.[0]?.code ?? "");
  return op === "in" || op === "not_in" ? [one] : one;
}

/** A comparison changed to another fact: operator and value are kept where they still fit. */
export function withFact(condition, fact) {
  const op = operatorsFor(fact.kind).includes(condition.op) ? condition.op : operatorsFor(fact.kind)[0];
  return withOperator({ field: fact.name, op }, op, fact);
}

function withOperator(condition, op, fact) {
  const value = firstValue(fact, op);
  const isList = op === "in" || op === "not_in";
  const kept = condition.value !== undefined && isList === Array.isArray(condition.value) && value !== undefined ? condition.value : value;
  return kept === undefined ? { field: condition.field, op } : { field: condition.field, op, value: kept };
}

/** The builder for `condition`; `onChange(next, isTyping)` hears of each change. */
export function conditionBuilder(condition, onChange, doc, path = "when") {
  const fresh = { field: "severity", op: "eq", value: "urgent" };
  const kit = {
    words: {
      all: t("all of these are true"),
      any: t("at least one of these is true"),
      none: t("none of these is true"),
      together: t("How the conditions count together"),
      more: t("and / or …"),
      condition: t("Condition"),
      group: t("Group"),
      remove: t("Take this condition away"),
    },
    icon,
    comparison: (part, set, at) => comparisonOf(part, set, doc, at),
    fresh: () => ({ ...fresh }),
    freshGroup: () => [{ ...fresh }, { ...fresh, value: "emergency" }],
  };
  return conditionTree(condition ?? { field: "", op: "eq" }, onChange, kit, path);
}

function comparisonOf(condition, onChange, doc, path) {
  const facts = factsIn(doc);
  const fact = facts.find((one) => one.name === condition.field);
  const options = facts.map((one) => ({ code: one.name, title: pick(one.label), group: groupTitle(one.group) }));
  const operators = operatorsFor(fact?.kind).map((code) => ({ code, title: operatorTitle(code, fact?.kind) }));
  return el(
    "div",
    { class: "comparison" },
    chooser(options, condition.field, (name) => onChange(withFact(condition, facts.find((one) => one.name === name))), { "aria-label": t("What is compared"), data: { path: `${path}.field` } }),
    chooser(operators, condition.op, (op) => onChange(withOperator(condition, op, fact)), { "aria-label": t("How it is compared"), data: { path: `${path}.op` } }),
    condition.op === "is_set" || condition.op === "is_not_set" ? null : valueControl(condition, fact, onChange, path),
  );
}

function valueControl(condition, fact, onChange, path) {
  const set = (value, isTyping = false) => onChange({ ...condition, value }, isTyping);
  const name = { "aria-label": t("Value to compare with"), data: { path: `${path}.value` } };
  const choices = choicesOf(fact)?.map((one) => ({ code: one.code, title: pick(one.title) }));
  if (Array.isArray(condition.value)) return manyValues(condition, choices, set, name);
  if (fact?.kind === "boolean") {
    return chooser([{ code: "true", title: t("yes") }, { code: "false", title: t("no") }], String(condition.value ?? true), (value) => set(value === "true"), name);
  }
  if (fact?.kind === "money") return moneyInput(condition.value, (value) => set(value, true), name);
  if (fact?.kind === "integer") return el("input", { type: "number", step: 1, value: condition.value ?? "", oninput: (event) => event.target.value !== "" && set(Math.round(event.target.valueAsNumber), true), ...name });
  if (fact?.kind === "date") return el("input", { type: "date", value: condition.value ?? "", onchange: (event) => set(event.target.value), ...name });
  if (choices) return chooser(choices, condition.value, (value) => set(value), name);
  return el("input", { type: "text", value: condition.value ?? "", oninput: (event) => set(event.target.value, true), ...name });
}

/** The control for the value of a fact that is given, not compared: `{field, op: "eq", value}`. */
export function factControl(given, onChange, doc) {
  return valueControl(given, factsIn(doc).find((one) => one.name === given.field), onChange, `given.${given.field}`);
}

/** Yuan to type, fen to keep. */
export function moneyInput(fen, onChange, properties = {}) {
  const input = el("input", { type: "number", min: 0, step: "0.01", inputMode: "decimal", value: fen === undefined || fen === null ? "" : fen / 100, ...properties });
  input.addEventListener("input", () => onChange(input.value === "" ? undefined : Math.round(input.valueAsNumber * 100)));
  return el("span", { class: "with-unit" }, el("span", { "aria-hidden": "true" }, "¥"), input);
}

function manyValues(condition, choices, set, name) {
  if (!choices) {
    const split = (text) => text.split(/[,，、]/).map((one) => one.trim()).filter(Boolean);
    return el("input", { type: "text", placeholder: t("several, with commas between"), value: condition.value.join(", "), oninput: (event) => set(split(event.target.value), true), ...name });
  }
  return tickedValues(choices, condition.value, (values) => set(values), name["aria-label"]);
}
