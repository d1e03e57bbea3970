// A designed form while it is filled in: what is hidden, what is reckoned, which list follows, and what is wrong.
// Everything is judged again on the server; a fault is shown once its field was left or the form was sent.
import { assess } from "./assessment.js";
import { readTyped } from "./reading.js";
import { startSignatures } from "./signature_pad.js";

const PREFIX = "q-";

export function start() {
  for (const form of document.querySelectorAll("[data-designed-form]")) startForm(form);
}

export function startForm(form) {
  const about = JSON.parse(form.dataset.designedForm);
  const state = { form, about, touched: new Set(), faults: {} };
  // Lists are fetched one after the other: an answer that comes late would empty what was chosen meanwhile.
  let turn = Promise.resolve();
  const inTurn = (work) => (turn = turn.then(work, work));
  form.noValidate = true;
  startSignatures(form);
  const look = () => show(state);
  form.addEventListener("input", look);
  form.addEventListener("change", (event) => {
    touch(state, event.target);
    inTurn(() => follow(state, event.target)).then(look);
  });
  form.addEventListener("focusout", (event) => {
    touch(state, event.target);
    look();
  });
  // Before the button rests and before photos are waited for.
  document.addEventListener("submit", (event) => event.target === form && refuseFaults(state, event), true);
  const settled = () => inTurn(() => settle(state)).then(look);
  settled();
  window.addEventListener("pageshow", settled);
  look();
}

function keyOf(element) {
  return element.closest?.("[data-field]")?.dataset.field;
}

function touch(state, element) {
  const isUsed = element.value || element.getAttribute?.("aria-invalid");
  const key = keyOf(element);
  if (key && isUsed) state.touched.add(key);
}

function typedIn(form) {
  const typed = {};
  for (const field of form.elements) {
    if (!field.name?.startsWith(PREFIX) || field.type === "file") continue;
    if (["radio", "checkbox"].includes(field.type) && !field.checked) continue;
    (typed[field.name.slice(PREFIX.length)] ??= []).push(field.value);
  }
  return typed;
}

function filesIn(form) {
  const files = {};
  for (const input of form.querySelectorAll("input[type=file]")) {
    if (input.files.length) files[input.name.slice(PREFIX.length)] = input.files.length;
  }
  for (const pad of form.querySelectorAll("[data-signature] input")) if (pad.value) files[pad.name.slice(PREFIX.length)] = 1;
  return files;
}

function show(state) {
  const { form, about } = state;
  const around = { ...about.around, files: filesIn(form) };
  const judged = assess(about.definition, readTyped(about.definition, typedIn(form), around), around, about.patterns);
  state.faults = judged.faults;
  for (const section of form.querySelectorAll("[data-section]")) section.hidden = judged.hidden.has(section.dataset.section);
  for (const holder of form.querySelectorAll("[data-field]")) {
    const key = holder.dataset.field;
    holder.hidden = judged.hidden.has(key);
    const output = holder.querySelector("[data-computed]");
    if (output) output.textContent = inWords(judged.values[key], output.dataset.computed, about.language);
    mark(holder, state.touched.has(key) ? sentenceOf(state, key, judged.faults[key]) : null);
  }
  for (const input of form.querySelectorAll("input[type=file][data-largest]")) {
    input.parentElement.querySelector("[data-video-too-large]").hidden = ![...input.files].some((file) => file.size > Number(input.dataset.largest));
  }
  form.dispatchEvent(new CustomEvent("judged", { detail: judged }));
}

// Null leaves what the server said until the field is touched; an empty text takes it away.
function mark(holder, sentence) {
  if (sentence === null) return;
  const error = holder.querySelector("[data-error]");
  error.hidden = !sentence;
  error.querySelector("span").textContent = sentence;
  for (const control of holder.querySelectorAll("input:not([type=hidden]), select, textarea")) {
    if (sentence) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
  }
}

function sentenceOf(state, key, fault) {
  if (!fault) return "";
  const { definition, language, sentences } = state.about;
  const words = (text) => text[language] ?? text.en;
  if (fault.code === "rule") return words(definition.rules[fault.values.rule].message);
  const field = definition.fields.find((one) => one.key === key);
  if (fault.code === "pattern" && field.pattern_hint) return words(field.pattern_hint);
  return sentences[fault.code].replaceAll(/%\((\w+)\)s/g, (_, name) =>
    fault.code.endsWith("_money") ? yuan(fault.values[name]) : String(fault.values[name]));
}

const yuan = (fen) => `${fen < 0 ? "-" : ""}¥${(Math.abs(fen) / 100).toLocaleString("en", { minimumFractionDigits: 2 })}`;

function inWords(value, result, language) {
  if (value === undefined) return "–";
  if (result === "money") return yuan(value);
  return result === "number" ? value.toLocaleString(language, { maximumFractionDigits: 4, useGrouping: false }) : value;
}

function refuseFaults(state, event) {
  if (event.submitter?.name === "step") return;
  const isPreview = "preview" in state.form.dataset;
  if (isPreview) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
  show(state);
  // The browser was told not to judge; what the form asks besides the designed fields it still may.
  const besides = [...state.form.elements].find((one) => !one.name?.startsWith(PREFIX) && one.willValidate && !one.checkValidity());
  if (besides) {
    event.preventDefault();
    event.stopImmediatePropagation();
    besides.reportValidity();
    return;
  }
  const keys = Object.keys(state.faults);
  for (const key of keys) state.touched.add(key);
  const tooLarge = [...state.form.querySelectorAll("[data-video-too-large]")].some((note) => !note.hidden);
  state.form.querySelector("[data-form-faults]").hidden = !keys.length && !tooLarge;
  const fine = state.form.querySelector("[data-preview-fine]");
  if (fine) fine.hidden = keys.length > 0 || tooLarge;
  if (!keys.length && !tooLarge) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  show(state);
  const first = state.form.querySelector("[data-error]:not([hidden])")?.closest("[data-field]");
  first?.scrollIntoView({ block: "center" });
  first?.querySelector("input:not([type=hidden]), select, textarea, canvas")?.focus({ preventScroll: true });
}

// Lists that hang on one another.
function cascades(form) {
  return [...form.querySelectorAll("[data-cascade]")].map((holder) => ({
    holder, level: holder.dataset.cascade, parent: holder.dataset.parent, key: keyOf(holder), select: holder.querySelector("select"),
  }));
}

function above(state, one) {
  const all = cascades(state.form);
  const wanted = {};
  let key = one.parent;
  while (key) {
    const field = state.about.definition.fields.find((other) => other.key === key);
    const chosen = state.about.around.fixed[key] ?? all.find((other) => other.key === key)?.select.value ?? "";
    wanted[field.level] = chosen;
    key = field.parent;
  }
  return wanted;
}

async function follow(state, changed) {
  const one = cascades(state.form).find((other) => other.select === changed);
  if (one) await refill(state, one.key);
}

async function refill(state, key) {
  for (const child of cascades(state.form).filter((other) => other.parent === key)) {
    child.select.length = 1;
    delete child.select.dataset.wanted;
    await fill(state, child);
    await refill(state, child.key);
  }
}

async function fill(state, one) {
  const wanted = above(state, one);
  const parent = state.about.definition.fields.find((other) => other.key === one.parent);
  one.select.disabled = Boolean(parent) && !wanted[parent.level];
  if (one.select.disabled) return;
  const answer = await fetch(`/forms/choices?${new URLSearchParams({ level: one.level, ...wanted })}`);
  if (!answer.ok) return;
  const entries = await answer.json();
  one.select.length = 1;
  for (const entry of entries) one.select.add(new Option(entry.name, entry.code));
  // A building that is the only one needs no choosing.
  if (one.level === "building" && entries.length === 1) one.select.selectedIndex = 1;
}

// A draft, a browser that goes back, or somebody quicker than this script chose in a list that others hang on.
async function settle(state) {
  for (const one of cascades(state.form)) {
    const chosen = one.select.dataset.wanted ?? one.select.value;
    if (one.select.length === 1) await fill(state, one);
    const parent = one.parent && above(state, one);
    one.select.disabled = Boolean(parent) && !Object.values(parent)[0];
    if (chosen && [...one.select.options].some((option) => option.value === chosen)) one.select.value = chosen;
    if (one.select.selectedIndex < 0) one.select.selectedIndex = 0;
    delete one.select.dataset.wanted;
  }
}

