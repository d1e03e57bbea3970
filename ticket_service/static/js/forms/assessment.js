// The answers to a form, judged as ops_db/forms/assessment.py judges them on the server: visible, worth, wrong.
import { computed, dayNumber, dayOfNumber, holds } from "./evaluation.js";
import { fault, isAsked, isFault } from "./reading.js";

const LONGEST_MATCHED = 200;
const FOR_PRESENCE = ["is_set", "is_not_set"];
const LONGEST = { text: 200, long_text: 2000 };

/** `patterns` has each pattern as the server translated it, by key of the field. */
export function assess(definition, readings, around, patterns = {}) {
  const fields = new Map(definition.fields.map((field) => [field.key, field]));
  const sections = sectionsOf(definition);
  const values = {};
  const hidden = {};
  const valueOf = (key) => {
    if (key in hidden || !fields.has(key)) return values[key] ?? null;
    const field = fields.get(key);
    hidden[key] = false;
    values[key] = null;
    const section = sections.get(key);
    if (section) valueOf(section);
    if (field.parent) valueOf(field.parent);
    const isHiddenAround = (section && hidden[section]) || (field.parent && hidden[field.parent]);
    const isShown = !isHiddenAround && (!field.visible_if || holds(field.visible_if, valueOf));
    hidden[key] = !isShown;
    values[key] = isShown ? settled(field) : null;
    return values[key];
  };
  const settled = (field) => {
    if (field.kind === "computed") return computed(field, valueOf);
    if (field.kind === "section") return null;
    if (field.kind === "cascade" && field.parent && valueOf(field.parent) === null) return null;
    const reading = readings[field.key] ?? null;
    return isFault(reading) ? null : reading;
  };
  for (const field of definition.fields) valueOf(field.key);
  const look = (key) => values[key] ?? null;
  const faults = {};
  for (const field of definition.fields) {
    if (!isAsked(field) || hidden[field.key]) continue;
    const found = judged(field, readings[field.key] ?? null, look(field.key), around, patterns[field.key]);
    if (found) faults[field.key] = found;
  }
  (definition.rules ?? []).forEach((rule, index) => {
    if (!(rule.field in faults) && hidden[rule.field] === false && isBroken(rule, look)) faults[rule.field] = fault("rule", { rule: index });
  });
  return {
    values: Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)),
    hidden: new Set(Object.keys(hidden).filter((key) => hidden[key])),
    faults,
  };
}

function sectionsOf(definition) {
  const found = new Map();
  let section = null;
  for (const field of definition.fields) {
    if (field.kind === "section") section = field.key;
    else if (section) found.set(field.key, section);
  }
  return found;
}

function judged(field, reading, value, around, pattern) {
  if (isFault(reading)) return reading;
  if (value === null) return field.is_required || (field.kind === "photo" && field.minimum > 0) ? fault("needed") : null;
  return JUDGES[field.kind]?.(field, value, around, pattern) ?? null;
}

const JUDGES = {
  text: judgedText,
  long_text: judgedText,
  number: (field, value) => judgedNumber(field, value, ""),
  money: (field, value) => judgedNumber(field, value, "_money"),
  date: judgedDay,
  date_time: judgedDay,
  choice: (field, value) => (field.options.some((option) => option.code === value) ? null : fault("not_option")),
  choices: (field, value) => judgedCount(value.length, field.minimum, field.maximum),
  photo: (field, value) => judgedCount(value, field.minimum ?? 0, field.maximum ?? 12),
  video: (_field, value) => judgedCount(value, null, 1),
  signature: (_field, value) => judgedCount(value, null, 1),
  rating: (field, value) => (value >= 1 && value <= (field.maximum ?? 5) ? null : fault("not_rating")),
};

function judgedText(field, text, _around, pattern) {
  const length = [...text].length;
  const most = field.max_length ?? LONGEST[field.kind];
  if (length < (field.min_length ?? 0)) return fault("too_short", { least: field.min_length });
  if (length > most) return fault("too_long", { most });
  if (!pattern) return null;
  return length <= LONGEST_MATCHED && new RegExp(`^(?:${pattern})$`, "u").test(text) ? null : fault("pattern");
}

function judgedNumber(field, value, kind) {
  if ((field.minimum ?? null) !== null && value < field.minimum) return fault(`too_small${kind}`, { least: field.minimum });
  if ((field.maximum ?? null) !== null && value > field.maximum) return fault(`too_large${kind}`, { most: field.maximum });
  return null;
}

function judgedCount(count, least, most) {
  if ((least ?? null) !== null && count < least) return fault("too_few", { least });
  if ((most ?? null) !== null && count > most) return fault("too_many", { most });
  return null;
}

function judgedDay(field, text, around) {
  if (field.auto) return null;
  const today = dayNumber(around.now);
  const days = dayNumber(text) - today;
  const { earliest_days: first = null, latest_days: last = null } = field;
  if (first !== null && days < first) return fault("too_early", { earliest: dayOfNumber(today + first) });
  if (last !== null && days > last) return fault("too_late", { latest: dayOfNumber(today + last) });
  return null;
}

function isBroken(rule, look) {
  if (rule.when && !holds(rule.when, look)) return false;
  const compared = comparisons(rule.must).filter((one) => !FOR_PRESENCE.includes(one.op));
  const keys = compared.flatMap((one) => [one.field, one.other]).filter((key) => (key ?? null) !== null);
  return keys.every((key) => look(key) !== null) && !holds(rule.must, look);
}

function comparisons(condition) {
  const parts = condition.all ?? condition.any ?? condition.none;
  return parts ? parts.flatMap(comparisons) : [condition];
}
