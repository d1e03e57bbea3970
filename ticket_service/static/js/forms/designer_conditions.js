// Builders for conditions and computations: data in, data out, never text to be parsed.
import { conditionTree, tickedValues } from "../condition_groups.js";
import { button, element, iconOf, input, numberInput, select } from "./elements.js";

const NUMBERS = ["number", "money", "rating", "photo", "video", "signature"];
const PRESENCE = ["is_set", "is_not_set"];
const ORDER = ["eq", "ne", "lt", "le", "gt", "ge"];
const SEVERAL = ["sum", "product", "concat", "coalesce", "count"];
const TWO = ["difference", "ratio", "days_between"];
const OPERATIONS = ["field", "value", ...SEVERAL, ...TWO, "if"];

function valueKind(field) {
  if (!field) return "text";
  if (field.kind === "computed") return field.result === "text" ? "text" : "number";
  if (NUMBERS.includes(field.kind)) return "number";
  if (["date", "date_time"].includes(field.kind)) return "moment";
  return field.kind === "choices" ? "list" : "text";
}

function operatorsOf(field) {
  const kind = valueKind(field);
  if (kind === "list") return ["contains", ...PRESENCE];
  return kind === "text" ? ["eq", "ne", "in", "not_in", ...PRESENCE] : [...ORDER, ...PRESENCE];
}

/** An editor of an optional condition; `set` is called with undefined to take it away. */
export function conditionEditor(draft, condition, set, { except = "" } = {}) {
  const { words } = draft.about;
  const fields = draft.fields.filter((field) => field.kind !== "section" && field.key !== except);
  if (!condition) {
    const add = button(words.add_condition, () => fields.length && set(firstComparison(fields)));
    add.disabled = !fields.length;
    return element("div", { class: "condition" }, element("p", { class: "small faint" }, words.always), add);
  }
  const kit = {
    words: {
      all: words.all,
      any: words.any,
      none: words.none_of,
      together: words.together,
      more: words.and_or,
      condition: words.add_condition,
      group: words.add_group,
      remove: words.take_away,
    },
    icon: iconOf,
    comparison: (one, change) => comparison(draft, fields, one, change),
    fresh: () => firstComparison(fields),
    freshGroup: () => [firstComparison(fields), firstComparison(fields)],
    mayBeEmpty: true,
  };
  return conditionTree(condition, set, kit);
}

function firstComparison(fields) {
  return { field: fields[0].key, op: "is_set" };
}

function comparison(draft, fields, one, set) {
  const { words } = draft.about;
  const field = fields.find((other) => other.key === one.field);
  const row = element("div", { class: "comparison" });
  row.append(
    select(one.field, fieldEntries(draft, fields), (key) => set({ field: key, op: "is_set" }), { "aria-label": words.field }),
    select(one.op, operatorsOf(field).map((op) => [op, words[op]]), (op) => set(fresh(one, op, field)), { "aria-label": words.how_compared }),
  );
  if (PRESENCE.includes(one.op)) return row;
  if (one.other === undefined) row.append(valueEditor(field, one, set, words, draft.language));
  const others = fields.filter((other) => other.key !== one.field && valueKind(other) === valueKind(field));
  if (others.length && !Array.isArray(one.value) && one.op !== "contains") {
    const entries = [["", words.a_value], ...fieldEntries(draft, others).map(([key, label]) => [key, words.answer_to.replace("%(field)s", label)])];
    row.append(select(one.other ?? "", entries, (key) => set(key ? { field: one.field, op: one.op, other: key } : fresh({ ...one, other: undefined }, one.op, field)), { "aria-label": words.compared_with }));
  }
  return row;
}

function fieldEntries(draft, fields) {
  return fields.map((field) => [field.key, field.label?.[draft.language] || field.key]);
}

function fresh(one, op, field) {
  if (PRESENCE.includes(op)) return { field: one.field, op };
  const first = field?.options?.[0]?.code ?? (valueKind(field) === "number" ? 1 : valueKind(field) === "moment" ? "2026-01-01" : "x");
  if (op === "in" || op === "not_in") return { field: one.field, op, value: [first] };
  if (one.other !== undefined) return { field: one.field, op, other: one.other };
  const keeps = one.value !== undefined && !Array.isArray(one.value);
  return { field: one.field, op, value: keeps ? one.value : first };
}

function valueEditor(field, one, set, words, language) {
  const give = (value) => set({ field: one.field, op: one.op, value });
  const named = { "aria-label": words.value };
  if (Array.isArray(one.value) && field?.options) {
    const choices = field.options.map((option) => ({ code: option.code, title: option.label?.[language] || option.code }));
    return tickedValues(choices, one.value, (values) => values.length && give(values), words.value);
  }
  if (Array.isArray(one.value)) {
    return input(one.value.join(", "), (text) => give(text.split(/[,，]/).map((part) => part.trim()).filter(Boolean)), { ...named, "data-quiet": "" });
  }
  if (field?.options) return select(one.value, field.options.map((option) => [option.code, option.label?.[language] || option.code]), give, named);
  if (field?.kind === "money") return numberInput(one.value / 100, (yuan) => yuan !== undefined && give(Math.round(yuan * 100)), { ...named, "data-quiet": "" });
  if (valueKind(field) === "number") return numberInput(one.value, (number) => number !== undefined && give(number), { ...named, "data-quiet": "" });
  if (valueKind(field) === "moment") return input(one.value, (text) => text && give(text), { ...named, type: "date", "data-quiet": "" });
  return input(one.value, (text) => text && give(text), { ...named, "data-quiet": "" });
}

/** An editor of a computation. */
export function expressionEditor(draft, expression, set, except) {
  const fields = draft.fields.filter((field) => field.kind !== "section" && field.key !== except);
  return part(draft, fields, expression, set);
}

function part(draft, fields, expression, set) {
  const { words } = draft.about;
  const name = OPERATIONS.find((one) => one in expression) ?? "value";
  const holder = element("div", { class: "expression" });
  holder.append(select(name, OPERATIONS.map((one) => [one, words[one]]), (other) => set(freshExpression(other, fields, expression)), { "aria-label": words.expression }));
  if (name === "field") {
    holder.append(select(expression.field, fieldEntries(draft, fields), (key) => set({ field: key }), { "aria-label": words.field }));
  } else if (name === "value") {
    holder.append(input(expression.value, (text) => set({ value: text !== "" && Number.isFinite(Number(text)) ? Number(text) : text }), { "aria-label": words.value, "data-quiet": "" }));
  } else if (name === "if") {
    holder.append(
      conditionEditor(draft, expression.if, (condition) => set({ ...expression, if: condition ?? firstComparison(fields) })),
      element("p", { class: "small soft" }, words.then),
      part(draft, fields, expression.then, (then) => set({ ...expression, then })),
      element("p", { class: "small soft" }, words.else),
      part(draft, fields, expression.else ?? { value: 0 }, (other) => set({ ...expression, else: other })),
    );
  } else {
    holder.append(...partsOf(draft, fields, name, expression[name], (parts) => set({ [name]: parts })));
  }
  return holder;
}

function partsOf(draft, fields, name, parts, set) {
  const { words } = draft.about;
  const rows = parts.map((one, index) => {
    const row = element("div", { class: "expression-part" }, part(draft, fields, one, (changed) => set(parts.map((other, at) => (at === index ? changed : other)))));
    if (SEVERAL.includes(name) && parts.length > 1) {
      const remove = element("button", { type: "button", class: "tool-button", "aria-label": words.remove, title: words.remove }, iconOf("close"));
      remove.addEventListener("click", () => set(parts.filter((_, at) => at !== index)));
      row.append(remove);
    }
    return row;
  });
  if (SEVERAL.includes(name)) rows.push(button(words.add_part, () => set([...parts, firstAnswer(fields)])));
  return rows;
}

function freshExpression(name, fields, old) {
  const parts = Object.values(old).find(Array.isArray) ?? [old];
  if (name === "field") return firstAnswer(fields);
  if (name === "value") return { value: 0 };
  if (name === "if") return { if: fields.length ? firstComparison(fields) : { field: "?", op: "is_set" }, then: { value: 1 }, else: { value: 0 } };
  if (TWO.includes(name)) return { [name]: [parts[0], parts[1] ?? firstAnswer(fields)] };
  return { [name]: parts };
}

const firstAnswer = (fields) => (fields.length ? { field: fields[0].key } : { value: 1 });
