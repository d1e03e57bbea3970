// Trying a process out: a pretend ticket on the drawing. The page remembers what was done and asks the service anew each
// time, so that a step back is simply one deed less.
import { ask } from "./asking.js";
import { load, optionsOf, factsIn } from "./catalogue.js";
import { factControl, moneyInput, firstValue } from "./conditions.js";
import { chooser, el, icon, iconButton } from "./dom.js";
import { makeView } from "./viewing.js";
import { wayTo } from "./walking.js";
import { exitsOf, nodeOf } from "./model.js";
import { pick, speak, t } from "./words.js";

const RESTING = ["task", "approval", "timer"];
const root = document.querySelector("[data-try]");
const data = JSON.parse(document.getElementById("try-data").textContent);
speak(data.words, data.language);
load(data.catalogue);
const part = (name) => document.querySelector(`[data-part="${name}"]`);
const { editor, canvas } = makeView(root, data.definition);
let facts = [{ field: "severity", op: "eq", value: "normal" }];
let deeds = [];

async function replay() {
  const body = { definition: data.definition, facts: Object.fromEntries(facts.filter((one) => one.value !== undefined && one.value !== "").map((one) => [one.field, one.value])), steps: deeds };
  try {
    const trial = await ask("POST", data.urls.simulate, body);
    if (trial.refused) deeds = deeds.slice(0, trial.refused_at);
    show(trial);
  } catch (refused) {
    part("now").prepend(el("div", { class: "note bad", role: "alert" }, icon("alert"), el("p", {}, refused.message)));
  }
}

function act(deed) {
  deeds = [...deeds, deed];
  replay();
}

function show(trial) {
  const groups = new Map();
  for (const offer of trial.offers) groups.set(offer.name, [...(groups.get(offer.name) ?? []), offer]);
  const people = [...groups];
  part("now").replaceChildren(
    ...[
      trial.refused && el("div", { class: "note bad", role: "alert" }, icon("alert"), el("p", {}, trial.refused)),
      el("div", { class: "row" }, el("span", { class: "badge info" }, icon("clock"), trial.now), el("span", { class: "badge" }, t("Owner sees: %(status)s", { status: trial.owner_status })), el("span", { class: `badge ${trial.is_open ? "accent" : "good"}` }, trial.ticket_state)),
      el("div", { class: "try-standing" }, trial.tokens.map((token) => el("span", { class: "badge accent" }, icon("pin"), [token.title, ...token.signers.map((one) => `${one.name} ${one.state}`)].join(" · ")))),
      trial.timers.length > 0 && el("ul", { class: "small soft" }, trial.timers.map((timer) => el("li", {}, icon("clock"), ` ${timer.when} · ${timer.title}: ${timer.what}`))),
      ...people.slice(0, 1).map(([name, offers]) => el("div", { class: "try-offers" }, el("p", { class: "small soft" }, icon("user"), ` ${name}`), offers.map(offerOf))),
      trial.is_open && waits(),
      ...people.slice(1).map(([name, offers]) => el("details", { class: "try-others" }, el("summary", { class: "small soft" }, icon("user"), ` ${name} `, el("span", { class: "count" }, String(offers.length))), el("div", { class: "try-offers" }, offers.map(offerOf)))),
    ].filter(Boolean),
  );
  part("trace").replaceChildren(...trial.trace.map((one) => el("li", {}, el("p", { class: "strong" }, one.title), el("p", { class: "faint" }, [one.who, one.when].filter(Boolean).join(" · ")), one.notices.map((notice) => el("p", {}, icon("bell"), ` ${notice}`)))).reverse());
  mark(trial.trace, trial.tokens.map((token) => token.node));
  document.querySelector("[data-does=back]").disabled = !deeds.length;
}

function offerOf(offer) {
  const typed = {};
  const fields = offer.fields.filter((field) => field.key !== "note" || field.isRequired);
  const send = (event) => {
    event?.preventDefault();
    act({ action: offer.action, who: offer.who, task: offer.task, choice: offer.choice, data: typed });
  };
  const words = [el("span", {}, offer.title), el("span", { class: "tiny faint push-right" }, offer.step)];
  if (!fields.length) return el("div", { class: "try-offer" }, el("button", { type: "button", class: "button small wide", onclick: send }, words));
  return el("details", { class: "try-offer" }, el("summary", {}, words), el("form", { class: "fields", onsubmit: send }, fields.map((field) => fieldOf(field, typed)), el("button", { class: "button primary small", type: "submit" }, t("Do it"))));
}

function fieldOf(field, typed) {
  const id = `f-${field.key}`;
  const set = (value) => {
    if (value === "" || value === undefined) delete typed[field.key];
    else typed[field.key] = value;
  };
  const lists = { technician: "fact_staff", crew: "fact_crew", staff: "fact_staff", role: "roles" };
  const choices = field.options.length ? field.options : lists[field.kind] ? optionsOf(lists[field.kind]).map((one) => ({ code: one.code, title: pick(one.title) })) : null;
  const input = choices
    ? chooser(choices, "", set, { id, empty: "–" })
    : field.kind === "boolean"
      ? el("input", { id, type: "checkbox", onchange: (event) => set(event.target.checked) })
      : field.kind === "money"
        ? moneyInput(undefined, set, { id })
        : field.kind === "integer"
          ? el("input", { id, type: "number", step: 1, oninput: (event) => set(event.target.value === "" ? "" : Math.round(event.target.valueAsNumber)) })
          : field.kind === "date"
            ? el("input", { id, type: "date", onchange: (event) => set(event.target.value) })
            : field.kind === "date_time"
              ? el("input", { id, type: "datetime-local", onchange: (event) => set(event.target.value ? `${event.target.value}:00+08:00` : "") })
              : el("input", { id, type: "text", required: field.isRequired, oninput: (event) => set(event.target.value) });
  return el("div", { class: "field" }, el("label", { htmlFor: id }, field.title, field.isRequired && el("span", { class: "required-mark" }, "*")), input);
}

function waits() {
  const clock = chooser([{ code: "calendar", title: t("calendar time") }, { code: "working", title: t("working time") }], "calendar", () => {}, { "aria-label": t("Time that counts") });
  const spans = [[30, t("%(count)s min", { count: 30 })], [120, t("%(count)s h", { count: 2 })], [1440, t("%(count)s d", { count: 1 })], [4320, t("%(count)s d", { count: 3 })]];
  return el("div", { class: "try-waits" }, el("span", { class: "small soft" }, icon("clock"), ` ${t("Let time pass")}`), spans.map(([minutes, title]) => el("button", { type: "button", class: "button small", onclick: () => act({ wait_minutes: minutes, clock: clock.value }) }, `+${title}`)), clock);
}

// Which nodes were left and which connections were taken, as far as the trace tells.
function mark(trace, standing) {
  const doc = data.definition;
  const marks = new Map(doc.nodes.map((node) => [node.key, { classes: ["is-ahead"] }]));
  const edgeMarks = new Map();
  const follow = (from, slot, targets) => {
    for (const target of targets) {
      for (const id of wayTo(doc, from, slot, target)) {
        edgeMarks.set(id, "is-walked");
        marks.set(id.split(":")[0], { classes: ["is-done"] });
      }
    }
  };
  const start = doc.nodes.find((node) => node.kind === "start");
  const ends = doc.nodes.filter((node) => node.kind === "end").map((node) => node.key);
  let before = [];
  for (const moment of trace) {
    const next = moment.standing_at.filter((key) => !before.includes(key) || moment.left.includes(key));
    if (!before.length && moment === trace[0]) follow(start.key, ["next"], next);
    for (const key of moment.left) {
      marks.set(key, { classes: ["is-done"] });
      const node = nodeOf(doc, key);
      const exits = node ? exitsOf(node) : [];
      const taken = node?.kind === "task" ? exits[(node.choices ?? []).findIndex((one) => one.key === moment.choice)] : node?.kind === "approval" ? exits.find((exit) => exit.role === moment.choice || (moment.choice === null && wayTo(doc, key, exit.slot, next[0]).length)) : exits[0];
      if (taken) follow(key, taken.slot, next.length ? next : moment.standing_at.length ? [] : ends);
    }
    before = moment.standing_at;
  }
  for (const key of standing) if (RESTING.includes(nodeOf(doc, key)?.kind) || nodeOf(doc, key)) marks.set(key, { classes: ["is-current"] });
  editor.dress({ marks, edgeMarks });
  if (standing.length) canvas.reveal(standing.at(-1));
}

function showFacts() {
  const all = factsIn(data.definition);
  const change = (index, next) => {
    facts = facts.map((one, at) => (at === index ? next : one));
    again();
  };
  const rows = facts.map((fact, index) =>
    el(
      "div",
      { class: "try-fact" },
      chooser(all.map((one) => ({ code: one.name, title: pick(one.label) })), fact.field, (name) => {
        change(index, { field: name, op: "eq", value: firstValue(all.find((one) => one.name === name), "eq") });
        showFacts();
      }, { "aria-label": t("What is known") }),
      factControl(fact, (next) => change(index, next), data.definition),
      iconButton("close", t("Remove"), () => {
        facts = facts.filter((_, at) => at !== index);
        showFacts();
        again();
      }),
    ),
  );
  const add = el("button", { type: "button", class: "button quiet small", onclick: () => {
    facts = [...facts, { field: "estimated_cost_fen", op: "eq", value: 60000 }];
    showFacts();
    again();
  } }, icon("plus"), t("Add a fact"));
  part("facts").replaceChildren(el("div", { class: "try-facts" }, rows, add));
}

let soon = null;
function again() {
  clearTimeout(soon);
  soon = setTimeout(() => {
    deeds = [];
    replay();
  }, 300);
}

async function run() {
  const host = part("outcomes");
  host.replaceChildren(el("p", { class: "soft" }, t("Running …")));
  try {
    const found = await ask("POST", data.urls.scenarios, { definition: data.definition, pack: document.getElementById("pack").value });
    const good = found.passed === found.outcomes.length;
    host.replaceChildren(
      el("div", { class: `note ${good ? "good" : "bad"}` }, icon(good ? "check" : "alert"), el("p", {}, `${found.title}: ${t("%(passed)s of %(count)s passed", { passed: found.passed, count: found.outcomes.length })}`)),
      ...found.outcomes.map((one) =>
        el("div", { class: "outcome" }, el("button", { type: "button", onclick: () => mark(one.trace, one.standing_at) }, el("span", { class: `badge ${one.is_passed ? "good" : "bad"}` }, icon(one.is_passed ? "check" : "alert"), one.is_passed ? t("as expected") : one.place), ` ${one.title}`, one.difference && el("p", { class: "soft" }, one.difference))),
      ),
    );
  } catch (refused) {
    host.replaceChildren(el("div", { class: "note bad", role: "alert" }, icon("alert"), el("p", { class: "kept-lines" }, refused.message)));
  }
}

const does = {
  back: () => {
    deeds = deeds.slice(0, -1);
    replay();
  },
  again: () => {
    deeds = [];
    replay();
  },
  run,
};
for (const [name, action] of Object.entries(does)) document.querySelector(`[data-does="${name}"]`).addEventListener("click", action);
for (const button of document.querySelectorAll("[data-pack]")) {
  button.addEventListener("click", () => {
    document.getElementById("pack").value = data.packs[button.dataset.pack];
    run();
  });
}
showFacts();
await replay();
root.dataset.ready = "yes";
