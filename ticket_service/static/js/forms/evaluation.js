// What conditions and expressions come to: the same, to the last bit, as ops_db/forms/evaluation.py on the server.
const LARGEST = 1e15;
const LONGEST_CONCAT = 500;
const MOMENT = /^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2})?$/;
const POWERS = [1, 10, 100, 1000, 10000];
const ORDER = {
  lt: (one, other) => one < other,
  le: (one, other) => one <= other,
  gt: (one, other) => one > other,
  ge: (one, other) => one >= other,
};

const isNumber = (value) => typeof value === "number";
const isMoment = (value) => typeof value === "string" && MOMENT.test(value);
const isScalar = (value) => ["string", "number", "boolean"].includes(typeof value);

/** Whether a condition is true; `look` gives the value of a field, null for what is not answered. */
export function holds(condition, look) {
  if (condition.all) return condition.all.every((part) => holds(part, look));
  if (condition.any) return condition.any.some((part) => holds(part, look));
  if (condition.none) return !condition.none.some((part) => holds(part, look));
  return compares(condition, look);
}

function compares(condition, look) {
  const { field, op, value, other } = condition;
  const answer = look(field);
  if (op === "is_set") return answer !== null;
  if (op === "is_not_set") return answer === null;
  if (op === "in" || op === "not_in") {
    const listed = Array.isArray(value) ? value : [];
    return answer !== null && listed.some((one) => isSame(answer, one)) === (op === "in");
  }
  const operand = (other ?? null) !== null ? look(other) : value ?? null;
  if (answer === null || operand === null) return false;
  if (op === "contains") return Array.isArray(answer) && typeof operand === "string" && answer.includes(operand);
  if (op === "eq" || op === "ne") return isSame(answer, operand) === (op === "eq");
  if ((isNumber(answer) && isNumber(operand)) || (isMoment(answer) && isMoment(operand))) return ORDER[op](answer, operand);
  return false;
}

const isSame = (one, other) => isScalar(one) && one === other;

/** What an expression comes to; numbers are not rounded yet. */
export function evaluated(expression, look) {
  const inside = (part) => evaluated(part, look);
  const numbers = (parts) => parts.map((part) => numberOf(inside(part)));
  if ("sum" in expression) {
    const given = numbers(expression.sum).filter((one) => one !== null);
    return given.length ? finite(given.reduce((total, one) => total + one, 0)) : null;
  }
  if ("difference" in expression) return reckoned(numbers(expression.difference), ([one, other]) => one - other);
  if ("product" in expression) return reckoned(numbers(expression.product), (all) => all.reduce((total, one) => total * one, 1));
  if ("ratio" in expression) return reckoned(numbers(expression.ratio), ([one, other]) => (other === 0 ? null : one / other));
  if ("if" in expression) {
    if (holds(expression.if, look)) return inside(expression.then);
    return expression.else ? inside(expression.else) : null;
  }
  if ("days_between" in expression) return daysBetween(...expression.days_between.map(inside));
  if ("concat" in expression) return joined(expression.concat.map(inside));
  if ("coalesce" in expression) {
    for (const part of expression.coalesce) {
      const value = inside(part);
      if (value !== null) return value;
    }
    return null;
  }
  if ("count" in expression) return expression.count.map(inside).reduce((total, value) => total + countOf(value), 0);
  if ("field" in expression) return look(expression.field);
  return expression.value;
}

function reckoned(numbers, reckon) {
  return numbers.includes(null) ? null : finite(reckon(numbers));
}

const numberOf = (value) => (isNumber(value) ? value : null);
const finite = (number) => (number !== null && Number.isFinite(number) ? number : null);
const countOf = (value) => (value === null ? 0 : Array.isArray(value) ? value.length : 1);

function joined(values) {
  const texts = values.map(textOf).filter((text) => text !== null);
  return texts.length ? [...texts.join("")].slice(0, LONGEST_CONCAT).join("") : null;
}

/** A value as a concatenation writes it. */
export function textOf(value) {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return value.join(", ");
  if (!isNumber(value) || Math.abs(value) > LARGEST) return null;
  const tenThousandths = BigInt(Math.floor(Math.abs(value) * 10000 + 0.5));
  const whole = tenThousandths / 10000n;
  const rest = tenThousandths % 10000n;
  const sign = value < 0 && tenThousandths ? "-" : "";
  return `${sign}${whole}${rest ? `.${String(rest).padStart(4, "0").replace(/0+$/, "")}` : ""}`;
}

/** Days since 1970 of `2026-05-31` or `2026-05-31T09:00`, null for what is no date. */
export function dayNumber(text) {
  if (!isMoment(text)) return null;
  const [year, month, day] = text.slice(0, 10).split("-").map(Number);
  const date = new Date(Date.UTC(2000, 0, 1));
  date.setUTCFullYear(year, month - 1, day);
  const isReal = year > 0 && date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return isReal ? Math.round(date.getTime() / 86400000) : null;
}

/** The date so many days after 1970. */
export function dayOfNumber(number) {
  return new Date(number * 86400000).toISOString().slice(0, 10);
}

function daysBetween(start, end) {
  const [first, last] = [dayNumber(start), dayNumber(end)];
  return first === null || last === null ? null : last - first;
}

/** Half up; what no one could mean is null. */
function rounded(number, decimals) {
  const result = Math.floor(number * POWERS[decimals] + 0.5) / POWERS[decimals];
  return Math.abs(result) > LARGEST ? null : result + 0;
}

/** The value of a computed field, in the shape its `result` says. */
export function computed(field, look) {
  const value = evaluated(field.expression, look);
  const result = field.result ?? "number";
  if (result === "text") return value === null ? null : textOf(value) || null;
  if (!isNumber(value) || Math.abs(value) > LARGEST) return null;
  return rounded(value, result === "money" ? 0 : field.decimals ?? 2);
}
