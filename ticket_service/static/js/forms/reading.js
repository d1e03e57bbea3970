// What was typed, as the value of a field or the fault that keeps it from being one; as ops_db/forms/reading.py reads it.
import { dayNumber } from "./evaluation.js";

const BLANK = /^[ \t\n\u00a0\u3000\ufeff]+|[ \t\n\u00a0\u3000\ufeff]+$/g;
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f]|[\ud800-\udfff]/gu;
const NUMBER = /^([+-]?)([0-9]{1,12})(?:\.([0-9]{1,10}))?$/;
const NUMBER_NOISE = /[ \u00a0\u3000,，¥￥]/g;
const PHONE_NOISE = /[ \t\u00a0\u3000\-–—().·]/g;
const PHONE = /^(?:(?:\+86|0086|86)?1[3-9][0-9]{9}|0[0-9]{9,11}|(?:\+|00)[0-9]{7,15})$/;
const DATE = /^(?:19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}$/;
const TIME = /^(?:[01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,6})?)?$/;
const LONGEST_CODE = 60;
const FILES = ["photo", "video", "signature"];

export const fault = (code, values = {}) => ({ code, values });
export const isFault = (reading) => reading !== null && typeof reading === "object" && !Array.isArray(reading);
export const isAsked = (field) => !["computed", "section"].includes(field.kind);

/** The readings of all fields: `typed` has lists of texts by key, `around` has now, fixed and files. */
export function readTyped(definition, typed, around) {
  const readings = {};
  for (const field of definition.fields) {
    if (isAsked(field)) readings[field.key] = known(field, around, () => read(field, typed[field.key] ?? []));
  }
  return readings;
}

function known(field, around, readText) {
  if (FILES.includes(field.kind)) return around.files[field.key] || null;
  if (field.kind === "cascade" && field.key in around.fixed) return around.fixed[field.key];
  if (field.kind === "date" && field.auto) return around.now.slice(0, 10);
  if (field.kind === "date_time" && field.auto) return around.now;
  return readText();
}

export function trimmed(text) {
  return text.replaceAll("\r\n", "\n").replaceAll("\r", "\n").replace(CONTROL, "").replace(BLANK, "");
}

function halfWidth(text) {
  return text.replace(/[\uff01-\uff5e]/g, (character) => String.fromCharCode(character.charCodeAt(0) - 0xfee0));
}

function read(field, texts) {
  if (field.kind === "choices") return chosen(field, texts.map(trimmed).filter(Boolean));
  const text = texts.length ? trimmed(texts.at(-1)) : "";
  if (!text) return null;
  const reader = READERS[field.kind];
  return reader ? reader(field, text) : text;
}

const READERS = {
  text: (_field, text) => text.split("\n").join(" "),
  number: numberIn,
  money: (_field, text) => moneyIn(text),
  rating: (_field, text) => (/^(?:[1-9]|10)$/.test(text) ? Number(text) : fault("not_rating")),
  phone: (_field, text) => {
    const number = halfWidth(text).replace(PHONE_NOISE, "");
    return PHONE.test(number) ? number : fault("not_phone");
  },
  date: (_field, text) => (isDate(text) ? text : fault("not_date")),
  date_time: (_field, text) => {
    const [day, ...rest] = text.split("T");
    const time = rest.join("T");
    return isDate(day) && TIME.test(time) ? `${day}T${time.slice(0, 5)}` : fault("not_date_time");
  },
  cascade: (_field, text) => ([...text].length <= LONGEST_CODE ? text : fault("not_option")),
};

const isDate = (text) => DATE.test(text) && dayNumber(text) !== null;

function numberIn(field, text) {
  const found = NUMBER.exec(halfWidth(text).replace(NUMBER_NOISE, ""));
  if (!found) return fault("not_number");
  const decimals = field.decimals ?? 0;
  if ((found[3] ?? "").replace(/0+$/, "").length > decimals) return fault("too_precise", { decimals });
  return Number(found[0]) + 0;
}

function moneyIn(text) {
  const found = NUMBER.exec(halfWidth(text).replace(NUMBER_NOISE, ""));
  const decimals = (found?.[3] ?? "").replace(/0+$/, "");
  if (!found || decimals.length > 2) return fault("not_money");
  const fen = Number(found[2]) * 100 + Number(decimals.padEnd(2, "0"));
  return (found[1] === "-" ? -fen : fen) + 0;
}

function chosen(field, codes) {
  const known = field.options.map((option) => option.code);
  if (codes.some((code) => !known.includes(code))) return fault("not_option");
  const inOrder = known.filter((code) => codes.includes(code));
  return inOrder.length ? inOrder : null;
}
