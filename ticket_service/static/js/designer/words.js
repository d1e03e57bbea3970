// The words of the designer in the reader's language. The server translates; English source text is the key.
let words = {};
let language = "zh-CN";

/** Take the words and the language the page came with. */
export function speak(given, inLanguage) {
  words = given;
  language = inLanguage;
}

/** `text` in the reader's language, with `%(name)s` gaps filled. */
export function t(text, values = {}) {
  return (words[text] ?? text).replace(/%\((\w+)\)s/g, (gap, name) => values[name] ?? gap);
}

/** The side of a pair `{zh-CN, en}` that the reader reads; the other one where it is empty. */
export function pick(pair) {
  if (!pair) return "";
  const [own, other] = language === "zh-CN" ? [pair["zh-CN"], pair.en] : [pair.en, pair["zh-CN"]];
  return own || other || "";
}

/** Whether the reader reads Chinese. */
export const isChinese = () => language === "zh-CN";

/** The language as a header says it. */
export const spoken = () => language;

/** Several names as one phrase. */
export const listed = (names) => names.join(isChinese() ? "、" : ", ");

/** Fen as money people read; whole yuan without decimals. */
export function yuan(fen) {
  const amount = fen / 100;
  return `¥${amount.toLocaleString(isChinese() ? "zh-CN" : "en-GB", { maximumFractionDigits: Number.isInteger(amount) ? 0 : 2 })}`;
}

/** Minutes as a length of time people read. */
export function duration(minutes) {
  if (minutes % 1440 === 0 && minutes >= 1440) return t("%(count)s d", { count: minutes / 1440 });
  if (minutes % 60 === 0 && minutes >= 60) return t("%(count)s h", { count: minutes / 60 });
  return t("%(count)s min", { count: minutes });
}

/** How many things stand in the way. */
export const countOfProblems = (count) => (count === 1 ? t("%(count)s problem", { count }) : t("%(count)s problems", { count }));
