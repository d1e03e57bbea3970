// What was typed into a form survives a reload, a change of language and a sign-in that expired on the way. It stays in
// this tab and goes with it, with the form being taken, or with signing out. Files are never kept.
const PREFIX = "anju:draft:";
const UNKEPT = "[type=hidden], [type=file], [type=password]";

export function keepDrafts() {
  forgetTaken();
  for (const form of document.querySelectorAll("form[data-keep]")) keepForm(form);
  document.querySelector("form[action='/sign-out']")?.addEventListener("submit", () => forget(() => true));
}

// The server names the form it took; whatever else happened to a form, its draft is still needed.
function forgetTaken() {
  const taken = document.cookie.match(/(?:^|; )anju_sent=([^;]+)/)?.[1];
  if (!taken) return;
  document.cookie = "anju_sent=; Max-Age=0; Path=/";
  forget((draft) => draft.sentAs === taken);
}

function forget(isOver) {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith(PREFIX) && isOver(JSON.parse(sessionStorage.getItem(key)))) sessionStorage.removeItem(key);
  }
}

function keepForm(form) {
  const key = `${PREFIX}${form.getAttribute("action")}:${form.dataset.keep}`;
  const kept = JSON.parse(sessionStorage.getItem(key) ?? "null");
  if (kept) restore(form, kept.typed);
  const keep = (sentAs) => sessionStorage.setItem(key, JSON.stringify({ typed: typedIn(form), sentAs }));
  form.addEventListener("input", () => keep());
  form.addEventListener("change", () => keep());
  form.addEventListener("submit", () => keep(form.elements.idempotency_key?.value));
}

function fieldsOf(form) {
  return [...form.elements].filter((field) => field.name && field.matches("input, select, textarea") && !field.matches(UNKEPT));
}

const isChoice = (field) => field.matches("[type=radio], [type=checkbox]");
const isList = (field) => field.matches("select");

function typedIn(form) {
  const typed = {};
  for (const field of fieldsOf(form)) {
    if (isChoice(field)) {
      typed[field.name] ??= [];
      if (field.checked) typed[field.name].push(field.value);
    } else {
      typed[field.name] = field.dataset.wanted ?? field.value;
    }
  }
  return typed;
}

// A page that brings back what was typed knows it better than the draft; only its empty fields are filled.
function restore(form, typed) {
  const isFresh = !("typed" in form.dataset);
  let hasText = false;
  for (const field of fieldsOf(form)) {
    const value = typed[field.name];
    if (isChoice(field)) {
      if (isFresh && value) field.checked = value.includes(field.value);
    } else if (isList(field)) {
      if (isFresh && value) choose(field, value);
    } else if (value && !field.value) {
      field.value = value;
      hasText ||= field.matches("textarea");
    }
  }
  if (!hasText) return;
  // Words without their choice of reader could become public by the next tap.
  const internal = form.querySelector("[data-audience] [value='1']");
  if (internal && isFresh && !typed.is_internal?.length) internal.checked = true;
  for (let around = form.closest("details"); around; around = around.parentElement.closest("details")) around.open = true;
}

// A list that is still to be fetched (places.js) is told what to choose.
function choose(list, value) {
  if ([...list.options].some((option) => option.value === value)) list.value = value;
  else list.dataset.wanted = value;
}
