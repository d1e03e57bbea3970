// What the server says about the house: roles, states, facts, forms and crews, with their names; and data said in words.
import { duration, listed, pick, t, yuan } from "./words.js";

let given = { roles: [], options: {}, facts: [], kinds: {}, icons: "" };

/** Take what the page came with. */
export function load(catalogue) {
  given = catalogue;
}

/** The address of a drawing of the sprite. */
export const iconHref = (name) => `${given.icons}#${name}`;

/** The choices of a list by its name: `[{code, title}]`. */
export const optionsOf = (source) => (source === "roles" ? given.roles : (given.options[source] ?? []));

const titleIn = (list, code) => pick(list.find((one) => one.code === code)?.title) || code || "";

export const roleTitle = (code) =>
  ({ assignee: t("whoever has the step"), owner: t("the owner") })[code] ?? titleIn(given.roles, code);
export const optionTitle = (source, code) => titleIn(optionsOf(source), code);
export const kindTitle = (kind) => pick(given.kinds[kind]?.title) || kind;
export const kindSummary = (kind) => pick(given.kinds[kind]?.summary);

const KIND_OF_FIELD = { text: "text", long_text: "text", integer: "integer", money: "money", boolean: "boolean", choice: "text", date: "date", date_time: "date" };

/** Everything a condition may ask in this process: the facts of the house, and what its steps ask for. */
export function factsIn(doc) {
  const facts = new Map(given.facts.map((fact) => [fact.name, fact]));
  for (const node of doc.nodes) {
    const fields = [...(node.choices ?? []).flatMap((choice) => choice.fields ?? []), ...(node.fields ?? [])];
    for (const field of fields) {
      if (facts.has(field.key) || field.key === "note" || !KIND_OF_FIELD[field.kind]) continue;
      facts.set(field.key, { name: field.key, kind: KIND_OF_FIELD[field.kind], label: field.title, choices: field.options?.map((one) => ({ code: one.code, title: one.title })), group: "fields" });
    }
  }
  return [...facts.values()];
}

/** The values a fact may have where they are a list. */
export const choicesOf = (fact) => (fact?.choices?.length ? fact.choices : fact?.source ? optionsOf(fact.source) : null);

const SIGNS = { eq: "=", ne: "≠", lt: "<", le: "≤", gt: ">", ge: "≥" };

/** A condition as a short phrase. */
export function inWords(condition, doc) {
  if (!condition) return t("always");
  if (condition.all) return condition.all.map((part) => nested(part, doc)).join(t(" and "));
  if (condition.any) return condition.any.map((part) => nested(part, doc)).join(t(" or "));
  if (condition.none) return t("none of: %(parts)s", { parts: listed(condition.none.map((part) => nested(part, doc))) });
  const fact = factsIn(doc).find((one) => one.name === condition.field);
  const label = pick(fact?.label) || condition.field || "…";
  switch (condition.op) {
    case "is_set":
      return t("%(fact)s is known", { fact: label });
    case "is_not_set":
      return t("%(fact)s is not known", { fact: label });
    case "in":
      return t("%(fact)s is one of %(values)s", { fact: label, values: listed((condition.value ?? []).map((one) => valueInWords(one, fact))) });
    case "not_in":
      return t("%(fact)s is none of %(values)s", { fact: label, values: listed((condition.value ?? []).map((one) => valueInWords(one, fact))) });
    default:
      if (fact?.kind === "boolean" && condition.op === "eq") return condition.value ? label : t("not: %(fact)s", { fact: label });
      if (condition.op === "eq" && choicesOf(fact)) return t("%(fact)s is %(value)s", { fact: label, value: valueInWords(condition.value, fact) });
      return `${label} ${SIGNS[condition.op] ?? ""} ${valueInWords(condition.value, fact)}`;
  }
}

const nested = (part, doc) => (part.all || part.any || part.none ? `(${inWords(part, doc)})` : inWords(part, doc));

function valueInWords(value, fact) {
  if (value === null || value === undefined || value === "") return "…";
  if (fact?.kind === "money") return yuan(value);
  if (typeof value === "boolean") return value ? t("yes") : t("no");
  const choice = choicesOf(fact)?.find((one) => one.code === value);
  return choice ? pick(choice.title) : String(value);
}

/** Who has a step, in a few words. */
export function whoInWords(node) {
  switch (node.kind) {
    case "task": {
      if (node.person === "area_lead") return t("the area's lead");
      if (node.crew) return optionTitle("crews", node.crew);
      return roleTitle(node.role);
    }
    case "approval": {
      const names = (node.approvers ?? []).map((one) => (one.person ? t("the area's lead") : one.role ? roleTitle(one.role) : optionTitle("staff", one.staff_number)));
      const mode = names.length < 2 ? "" : node.mode === "any" ? t("any one of") : node.mode === "count" ? t("%(count)s of", { count: node.needed ?? "…" }) : t("all of");
      return [mode, listed(names)].filter(Boolean).join(" ");
    }
    case "timer":
      return `${duration(node.minutes ?? 0)} · ${node.clock === "calendar" ? t("calendar time") : t("working time")}`;
    case "notice":
      return t("to %(names)s", { names: listed((node.to ?? []).map(roleTitle)) });
    case "subprocess": {
      const names = [...new Set([...(node.cases ?? []).map((one) => one.process), node.process].filter(Boolean))];
      return listed(names.map((key) => optionTitle("processes", key))) || t("no process chosen yet");
    }
    default:
      return "";
  }
}

/** What the label of a way out says. */
export function exitInWords(node, exit, doc) {
  switch (exit.role) {
    case "choice":
      return pick(exit.title) || t("(no name)");
    case "case":
      return pick(exit.title) || inWords(node.cases[exit.slot[1]].when, doc);
    case "approved":
      return t("Approved");
    case "declined":
      return t("Declined");
    case "rejected":
      return t("Ended without success");
    case "default":
      return t("Otherwise");
    case "arm":
      return t("Path %(number)s", { number: exit.slot[1] + 1 });
    default:
      return "";
  }
}
