// The side panel: every property of the chosen field, or of the form itself, in both languages.
import { conditionEditor, expressionEditor } from "./designer_conditions.js";
import { button, check, element, iconOf, input, labelled, numberInput, select } from "./elements.js";

const ROLES = {
  text: ["title", "description", "reporter_name"],
  long_text: ["description"],
  phone: ["reporter_phone"],
  choice: ["severity"],
  photo: ["report_photos"],
  computed: ["title", "description"],
};
const PLACE = ["project", "building", "home", "space"];

export function startPanel(root, draft) {
  const panel = root.querySelector("[data-panel]");
  let drawn = "";
  const redraw = () => {
    panel.replaceChildren(...(draft.selected === -1 ? formProperties(draft) : draft.field ? fieldProperties(draft) : [hintOf(draft)]));
    drawn = shapeOf(draft);
  };
  draft.hear((what) => {
    // While somebody types, the panel is left alone unless what it shows has another shape.
    const isTyping = panel.contains(document.activeElement) && document.activeElement.matches("input, textarea");
    if (what === "selection" || (what === "definition" && (!isTyping || shapeOf(draft) !== drawn))) redraw();
  });
}

// What the panel is made of, without the words in it.
function shapeOf(draft) {
  const part = draft.selected === -1 ? { ...draft.definition, fields: [] } : draft.field;
  const withoutWords = JSON.stringify(part ?? null, (name, value) => (["string", "number"].includes(typeof value) && !["kind", "op", "level", "field", "result"].includes(name) ? "" : value));
  return `${draft.selected}:${withoutWords}`;
}

function hintOf(draft) {
  return element("p", { class: "empty" }, iconOf("left"), draft.about.words.choose_field);
}

/** Two inputs for the same words in both languages. */
function bilingual(draft, words, value, set, { isLong = false, isOptional = false } = {}) {
  const make = (language, name) => {
    const control = isLong ? element("textarea", { rows: 2, lang: language }) : element("input", { type: "text", lang: language });
    control.value = value?.[language] ?? "";
    control.addEventListener("input", () => {
      const next = { "zh-CN": "", en: "", ...value, [language]: control.value };
      value = next;
      set(isOptional && !next["zh-CN"] && !next.en ? undefined : next);
    });
    return labelled(`${words} · ${name}`, control);
  };
  return [make("zh-CN", draft.about.words.chinese), make("en", draft.about.words.english)];
}

function fieldProperties(draft) {
  const { words } = draft.about;
  const index = draft.selected;
  const field = draft.field;
  const set = (name) => (value) =>
    draft.change(() => {
      const target = draft.fields[index];
      if (value === undefined || value === "") delete target[name];
      else target[name] = value;
    }, `${index}-${name}`);
  const parts = [
    element("div", { class: "panel-head" }, element("h2", {}, words[field.kind])),
    ...bilingual(draft, words.label, field.label, (value) => draft.change(() => { draft.fields[index].label = value; }, `${index}-label`)),
  ];
  if (field.kind !== "section" && field.kind !== "computed") parts.push(check(field.is_required, words.required, set("is_required")));
  parts.push(...propertiesOfKind(draft, field, set));
  parts.push(...bilingual(draft, words.hint, field.hint, set("hint"), { isOptional: true }));
  const roles = rolesOf(draft, field);
  if (roles.length) parts.push(labelled(words.role, select(field.role, [["", words.none], ...roles.map((role) => [role, draft.about.roles[role]])], set("role"))));
  if (!["section", "phone", "signature"].includes(field.kind)) parts.push(check(field.is_personal, words.personal, set("is_personal")));
  parts.push(
    element("div", { class: "field" }, element("span", { class: "label" }, words.visible_if), conditionEditor(draft, field.visible_if, set("visible_if"), { except: field.key })),
    labelled(words.key, input(field.key, (key) => draft.rename(index, key), { maxlength: 40, pattern: "[a-z][a-z0-9_]*", spellcheck: "false" })),
    element("div", { class: "form-foot" },
      button(words.move_up, () => draft.move(index, index - 1)), button(words.move_down, () => draft.move(index, index + 1)),
      button(words.remove, () => draft.remove(index), "danger")),
  );
  return [element("div", { class: "panel-body stack" }, ...parts)];
}

function rolesOf(draft, field) {
  if (draft.definition.purpose === "step") return [];
  if (field.kind === "cascade") return PLACE.includes(field.level) ? ["place"] : [field.level];
  return ROLES[field.kind] ?? [];
}

function propertiesOfKind(draft, field, set) {
  const { words } = draft.about;
  const number = (name, label, attributes) => labelled(label ?? words[name], numberInput(field[name], set(name), attributes));
  const whole = { step: 1, min: 0 };
  const yuan = (name) =>
    labelled(words[`${name}_yuan`], numberInput(field[name] === undefined ? undefined : field[name] / 100, (value) => set(name)(value === undefined ? undefined : Math.round(value * 100))));
  const pair = (...controls) => [element("div", { class: "pair" }, ...controls)];
  const automatic = (name) => check(field.auto, words.auto, (value) => set("auto")(value && name));
  switch (field.kind) {
    case "text":
      return [
        ...pair(number("min_length", null, whole), number("max_length", null, { step: 1, min: 1, max: 500 })),
        labelled(words.default, input(field.default, set("default"))),
        labelled(words.pattern, input(field.pattern, set("pattern"), { spellcheck: "false", class: "code-text", placeholder: "[A-Z]{2}-\\d{4}" })),
        ...(field.pattern ? bilingual(draft, words.pattern_hint, field.pattern_hint, set("pattern_hint"), { isOptional: true }) : []),
      ];
    case "long_text":
      return pair(number("min_length", null, whole), number("max_length", null, { step: 1, min: 1, max: 4000 }));
    case "number":
      return [...pair(number("minimum"), number("maximum")), ...pair(number("decimals", null, { step: 1, min: 0, max: 4 }), number("default")),
        ...bilingual(draft, words.unit, field.unit, set("unit"), { isOptional: true })];
    case "money":
      return pair(yuan("minimum"), yuan("maximum"));
    case "phone":
      return [automatic("reporter_phone")];
    case "date":
    case "date_time":
      return [automatic("report_time"), ...(field.auto ? [] : pair(number("earliest_days", null, { step: 1 }), number("latest_days", null, { step: 1 })))];
    case "choice":
      return [optionsOf(draft, field, set), labelled(words.look, select(field.look, [["chips", words.chips], ["list", words.list]], set("look")))];
    case "choices":
      return [optionsOf(draft, field, set), ...pair(number("minimum", null, whole), number("maximum", null, { step: 1, min: 1 }))];
    case "cascade":
      return cascadeProperties(draft, field, set);
    case "photo":
      return pair(number("minimum", null, { ...whole, max: 12 }), number("maximum", null, { step: 1, min: 1, max: 12 }));
    case "rating":
      return [number("maximum", null, { step: 1, min: 3, max: 10 })];
    case "computed":
      return [
        element("div", { class: "field" }, element("span", { class: "label" }, words.expression), expressionEditor(draft, field.expression, set("expression"), field.key)),
        ...pair(labelled(words.result, select(field.result ?? "number", ["number", "money", "text"].map((one) => [one, words[one]]), set("result"))), number("decimals", null, { step: 1, min: 0, max: 4 })),
      ];
    default:
      return [];
  }
}

function cascadeProperties(draft, field, set) {
  const { words, levels } = draft.about;
  const above = levels[field.level] ?? [];
  const parents = draft.fields.filter((other) => other.kind === "cascade" && above.includes(other.level));
  const parts = [labelled(words.level, select(field.level, Object.keys(levels).map((level) => [level, words[level]]), set("level")))];
  if (above.length) parts.push(labelled(words.parent, select(field.parent, [["", "–"], ...parents.map((other) => [other.key, other.label?.[draft.language] || other.key])], set("parent"))));
  return parts;
}

function optionsOf(draft, field, set) {
  const { words } = draft.about;
  const rows = field.options.map((option, index) => {
    const edit = (change) => set("options")(draft.field.options.map((other, at) => (at === index ? { ...other, ...change } : other)));
    const text = (language) => input(option.label[language], (value) => edit({ label: { ...draft.field.options[index].label, [language]: value } }), { lang: language, "aria-label": `${words.option} ${index + 1} · ${language === "en" ? words.english : words.chinese}` });
    const remove = element("button", { type: "button", class: "tool-button", "aria-label": words.remove, title: words.remove }, iconOf("close"));
    remove.addEventListener("click", () => set("options")(draft.field.options.filter((_, at) => at !== index)));
    return element("div", { class: "option-row" }, text("zh-CN"), text("en"),
      input(option.code, (code) => edit({ code }), { "aria-label": words.code, class: "code-text", spellcheck: "false" }), remove);
  });
  const add = () => {
    const taken = new Set(draft.field.options.map((option) => option.code));
    let number = draft.field.options.length + 1;
    while (taken.has(`option_${number}`)) number += 1;
    set("options")([...draft.field.options, { code: `option_${number}`, label: { "zh-CN": `选项${number}`, en: `Option ${number}` } }]);
  };
  const severities = draft.about.severities;
  return element("div", { class: "field" },
    element("span", { class: "label" }, words.options), ...rows, element("div", { class: "form-foot below" }, button(words.add_option, add),
      field.role === "severity" ? button(draft.about.roles.severity, () => set("options")(severities)) : ""));
}

function formProperties(draft) {
  const { words } = draft.about;
  const set = (name) => (value) =>
    draft.change((definition) => {
      if (value === undefined) delete definition[name];
      else definition[name] = value;
    }, `form-${name}`);
  const rules = draft.definition.rules ?? [];
  return [
    element("div", { class: "panel-body stack" },
      element("div", { class: "panel-head" }, element("h2", {}, words.form)),
      ...bilingual(draft, words.title, draft.definition.title, set("title")),
      ...bilingual(draft, words.intro, draft.definition.intro, set("intro"), { isLong: true, isOptional: true }),
      element("h3", {}, words.rules),
      ...rules.map((rule, index) => ruleEditor(draft, rule, index)),
      button(words.add_rule, () => addRule(draft)),
    ),
  ];
}

function asked(draft) {
  return draft.fields.filter((field) => !["section", "computed"].includes(field.kind));
}

function addRule(draft) {
  const [first] = asked(draft);
  if (!first) return;
  draft.change((definition) => {
    definition.rules ??= [];
    const taken = new Set(definition.rules.map((rule) => rule.key));
    let number = 1;
    while (taken.has(`rule_${number}`)) number += 1;
    definition.rules.push({
      key: `rule_${number}`, field: first.key, must: { all: [{ field: first.key, op: "is_set" }] },
      message: { "zh-CN": "请检查此项。", en: "Please check this." },
    });
  });
  draft.tell("selection");
}

function ruleEditor(draft, rule, index) {
  const { words } = draft.about;
  const set = (name) => (value) =>
    draft.change((definition) => {
      if (value === undefined) delete definition.rules[index][name];
      else definition.rules[index][name] = value;
    }, `rule-${index}-${name}`);
  return element("div", { class: "rule stack" },
    labelled(words.rule_field, select(rule.field, asked(draft).map((field) => [field.key, field.label?.[draft.language] || field.key]), set("field"))),
    element("div", {}, element("span", { class: "label" }, words.rule_when), conditionEditor(draft, rule.when, set("when"))),
    element("div", {}, element("span", { class: "label" }, words.rule_must), conditionEditor(draft, rule.must, (must) => must && set("must")(must))),
    ...bilingual(draft, words.rule_message, rule.message, set("message")),
    button(words.remove, () => draft.change((definition) => definition.rules.splice(index, 1)), "danger"),
  );
}
