// The panel beside the drawing: the properties of what is selected, made from the schema; of the process itself where
// nothing is. What is being typed is not drawn anew under the fingers.
import { inWords, kindSummary, kindTitle, optionTitle, roleTitle } from "./catalogue.js";
import { el, icon, iconButton } from "./dom.js";
import { controlsOf, modelOfKind } from "./fields.js";
import { freeKey, nodeOf, renamed, titleOf, withNode, withValue } from "./model.js";
import { duration, listed, pick, t } from "./words.js";

const FRESH = {
  Choice: (taken) => ({ key: freeKey("choice", taken), title: { "zh-CN": "新选项", en: "New choice" } }),
  BranchCase: () => ({ when: { field: "estimated_cost_fen", op: "gt", value: 50000 } }),
  DataField: (taken) => ({ key: freeKey("field", taken), kind: "text", title: { "zh-CN": "新字段", en: "New field" } }),
  Option: (taken) => ({ code: freeKey("option", taken), title: { "zh-CN": "新选项", en: "New option" } }),
  Evidence: () => ({ kind: "photo", purpose: "after", minimum: 1 }),
  Approver: () => ({ role: "finance" }),
  NodeTimer: (taken) => ({ key: freeKey("timer", taken), minutes: 120, since: "opened", clock: "working", do: "warn", to: ["supervisor"] }),
  SubprocessCase: () => ({ when: { field: "trade", op: "eq", value: "waterproofing" }, process: "" }),
  Control: () => ({ action: "cancel", roles: ["desk", "supervisor"] }),
};

/** The panel in `host`; `editor` gives the document and takes changes. */
export function makePanel(host, editor) {
  let shownKey = null;
  let shownOf = [];

  function show({ isTyping = false } = {}) {
    if (isTyping && host.contains(document.activeElement)) {
      shownOf = [];
      return;
    }
    const keys = [...editor.selection];
    const of = [keys.join(), editor.problems, ...Object.entries(editor.doc).flatMap(([name, value]) => (name === "layout" ? [] : [name, value]))];
    // Moving steps about changes nothing that is said here.
    if (of.length === shownOf.length && of.every((one, index) => one === shownOf[index])) return;
    shownOf = of;
    const open = new Set([...host.querySelectorAll("details[open][data-path]")].map((one) => one.dataset.path));
    const focused = host.contains(document.activeElement) ? document.activeElement.dataset.path : null;
    const top = host.scrollTop;
    const subject = keys.length === 1 ? keys[0] : keys.length ? keys.join() : "process";
    host.replaceChildren(...(keys.length === 1 ? ofNode(keys[0]) : keys.length ? ofMany(keys) : ofProcess()));
    if (subject === shownKey) {
      for (const one of host.querySelectorAll("details[data-path]")) if (open.has(one.dataset.path)) one.open = true;
      if (focused) host.querySelector(`[data-path="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
      host.scrollTop = top;
    } else {
      host.scrollTop = 0;
    }
    shownKey = subject;
  }

  function ofNode(key) {
    const doc = editor.doc;
    const node = nodeOf(doc, key);
    if (!node) return [];
    const problems = editor.problemsOf(key);
    const context = contextFor(node, problems, (path, value) => withNode(editor.doc, key, tidied(withValue(nodeOf(editor.doc, key), path, value), path)));
    return [
      head(kindTitle(node.kind), titleOf(node, pick), kindSummary(node.kind)),
      problems.length ? el("ul", { class: "panel-problems" }, problems.map((one) => el("li", {}, icon("alert"), one.message))) : "",
      el("div", { class: "fields" }, controlsOf(modelOfKind(node.kind), node, [], context, { leaveOut: ["kind", "key"] })),
      el("details", { class: "more", data: { path: "key" } }, el("summary", {}, t("Name used by the system")), keyField(node)),
      editor.isReadOnly ? "" : el("div", { class: "row panel-foot" }, el("button", { type: "button", class: "button small", onclick: () => editor.copyHere() }, icon("copy"), t("Duplicate")), el("button", { type: "button", class: "button small danger", onclick: () => editor.remove() }, icon("trash"), t("Delete"))),
    ];
  }

  function ofMany(keys) {
    return [
      head(t("%(count)s steps selected", { count: keys.length }), listed(keys.map((key) => titleOf(nodeOf(editor.doc, key), pick))), ""),
      el("div", { class: "row panel-foot" }, el("button", { type: "button", class: "button small", onclick: () => editor.copyHere() }, icon("copy"), t("Duplicate")), el("button", { type: "button", class: "button small danger", onclick: () => editor.remove() }, icon("trash"), t("Delete"))),
    ];
  }

  function ofProcess() {
    const problems = editor.problemsOf(null);
    const context = contextFor(editor.doc, problems, (path, value) => withValue(editor.doc, path, value));
    return [
      head(t("Process"), pick(editor.doc.title), t("Select a step to change it. What is here holds for the whole process.")),
      problems.length ? el("ul", { class: "panel-problems" }, problems.map((one) => el("li", {}, icon("alert"), one.message))) : "",
      el("div", { class: "fields" }, controlsOf("Definition", editor.doc, [], context, { leaveOut: ["key", "version", "nodes", "layout"] })),
    ];
  }

  function head(kind, title, summary) {
    return el(
      "div",
      { class: "panel-head" },
      el("div", {}, el("p", { class: "tiny faint" }, kind), el("h2", { tabIndex: -1 }, title)),
      iconButton("close", t("Close the panel"), () => editor.closePanel(), { class: "tool-button icon-only panel-close" }),
      summary && el("p", { class: "small soft panel-summary" }, summary),
    );
  }

  function keyField(node) {
    const input = el("input", { type: "text", value: node.key, pattern: "[a-z][a-z0-9_]*", "aria-label": t("Name used by the system") });
    input.addEventListener("change", () => {
      const next = input.value === node.key ? null : renamed(editor.doc, node.key, input.value);
      if (next) editor.change(next, { select: [input.value] });
      else if (input.value !== node.key) {
        input.setCustomValidity(t("Small letters, digits and _ only, and no name that another step has."));
        input.reportValidity();
      }
    });
    input.addEventListener("input", () => input.setCustomValidity(""));
    return el("div", { class: "field" }, input, el("p", { class: "hint" }, t("Appears in exports and in the log. Tickets already running keep the name they know.")));
  }

  function contextFor(subject, problems, changed) {
    const text = (path) => path.join(".");
    return {
      doc: editor.doc,
      problemsAt: (path) => problems.filter((one) => one.path === text(path)),
      problemsUnder: (path) => problems.filter((one) => one.path === text(path) || one.path?.startsWith(`${text(path)}.`)),
      change: (path, value, isTyping) => editor.change(changed(path, value), { merge: isTyping ? `${subject.key}:${text(path)}` : null, isTyping }),
      nodeOptions: (kinds = null) => editor.doc.nodes.filter((node) => node.kind !== "start" && node.key !== subject.key && (!kinds || kinds.includes(node.kind))).map((node) => ({ code: node.key, title: titleOf(node, pick) })),
      choiceOptions: () => (subject.kind === "approval" ? [{ code: "approved", title: t("Approved") }, { code: "declined", title: t("Declined") }] : (subject.choices ?? []).map((choice) => ({ code: choice.key, title: pick(choice.title) }))),
      fieldOptions: () => [...new Map([...(subject.choices ?? []).flatMap((choice) => choice.fields ?? []), ...(subject.fields ?? [])].map((field) => [field.key, { code: field.key, title: pick(field.title) }])).values()],
      fresh: (model, taken) => FRESH[model]?.(taken.map((one) => one.key ?? one.code)) ?? {},
      summaryOf: (model, item, index) => summaryOf(model, item, index, editor.doc),
    };
  }

  return { show };
}

// Some properties belong to a value of another; when that goes, they go too.
function tidied(node, path) {
  if (path.at(-1) === "kind" && path.includes("fields")) {
    const at = path.slice(0, -1);
    const field = at.reduce((inner, step) => inner[step], node);
    const { options, minimum, maximum, ...rest } = field;
    if (field.kind === "choice") rest.options = options ?? [{ code: "yes", title: { "zh-CN": "是", en: "Yes" } }, { code: "no", title: { "zh-CN": "否", en: "No" } }];
    if (["integer", "money"].includes(field.kind)) Object.assign(rest, minimum === undefined ? {} : { minimum }, maximum === undefined ? {} : { maximum });
    return withValue(node, at, rest);
  }
  if (path.at(-1) === "do" && path.includes("timers")) {
    const at = path.slice(0, -1);
    const timer = at.reduce((inner, step) => inner[step], node);
    const { to, choice, role, crew, ...rest } = timer;
    if (["warn", "escalate"].includes(timer.do)) rest.to = to ?? ["supervisor"];
    if (timer.do === "advance") rest.choice = choice ?? (node.kind === "approval" ? "approved" : node.choices?.[0]?.key);
    if (timer.do === "reassign") rest.role = role ?? "supervisor";
    return withValue(node, at, rest);
  }
  if (path[0] === "approvers" && path.length === 3) {
    const own = node.approvers[path[1]];
    const value = own[path[2]];
    return value === undefined ? node : withValue(node, path.slice(0, 2), { [path[2]]: value });
  }
  if (path.at(-1) === "kind" && path.includes("evidence")) {
    const at = path.slice(0, -1);
    const evidence = at.reduce((inner, step) => inner[step], node);
    return evidence.kind === "photo" ? node : withValue(node, [...at, "purpose"], undefined);
  }
  if (path[0] === "mode" && node.kind === "approval") return withValue(node, ["needed"], node.mode === "count" ? (node.needed ?? 1) : undefined);
  return node;
}

function summaryOf(model, item, index, doc) {
  switch (model) {
    case "Choice":
    case "DataField":
    case "Option":
      return pick(item.title) || item.key || item.code || String(index + 1);
    case "BranchCase":
      return pick(item.title) || inWords(item.when, doc);
    case "SubprocessCase":
      return `${inWords(item.when, doc)} → ${optionTitle("processes", item.process) || "…"}`;
    case "Evidence":
      return `${optionTitle("evidence_kinds", item.kind)}${item.purpose ? ` · ${optionTitle("photo_purposes", item.purpose)}` : ""} × ${item.minimum ?? 1}`;
    case "Approver":
      return item.role ? roleTitle(item.role) : item.person ? t("the area's lead") : optionTitle("staff", item.staff_number) || t("nobody yet");
    case "NodeTimer": {
      const who = listed((item.to ?? []).map(roleTitle));
      return `${duration(item.minutes ?? 0)} ${optionTitle("timer_since", item.since ?? "opened")} · ${optionTitle("timer_deeds", item.do)}${who ? ` · ${who}` : ""}`;
    }
    case "Control":
      return `${optionTitle("actions", item.action)} · ${listed((item.roles ?? []).map(roleTitle))}`;
    default:
      return String(index + 1);
  }
}
