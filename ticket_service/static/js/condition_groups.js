// Conditions as groups within groups, of which all, any or none must hold: one builder for processes and for forms.
// What a single comparison looks like, which words are said and how elements are made is given to it as a kit:
// {words, icon(name), comparison(part, set, path), fresh(), freshGroup(), mayBeEmpty}.
const GROUPS = ["all", "any", "none"];

/** Which kind of group a condition is; undefined for a single comparison. */
export const groupOf = (condition) => GROUPS.find((one) => condition?.[one]);

/** The builder for `condition`; `set(next, isTyping)` hears of each change, and of undefined where nothing is left. */
export function conditionTree(condition, set, kit, path = "when") {
  const kind = groupOf(condition);
  if (kind) return groupTree(kind, condition, set, kit, path);
  const grow = action(kit, "plus", kit.words.more, () => set({ all: [condition, kit.fresh()] }));
  const one = kit.comparison(condition, set, path);
  const alone = kit.mayBeEmpty ? partOf(one, () => set(undefined), kit, "div") : one;
  return make("div", "condition", alone, grow);
}

function groupTree(kind, condition, set, kit, path) {
  const parts = condition[kind];
  const replace = (index, part, isTyping) => (part === undefined ? without(index) : set({ [kind]: parts.map((one, at) => (at === index ? part : one)) }, isTyping));
  const without = (index) => {
    const rest = parts.filter((_, at) => at !== index);
    if (!rest.length) return set(undefined);
    return set(rest.length === 1 && kind !== "none" ? rest[0] : { [kind]: rest });
  };
  const rows = parts.map((part, index) => {
    const change = (next, isTyping) => replace(index, next, isTyping);
    const inner = groupOf(part) ? groupTree(groupOf(part), part, change, kit, `${path}.${kind}.${index}`) : kit.comparison(part, change, `${path}.${kind}.${index}`);
    return partOf(inner, (parts.length > 1 || kit.mayBeEmpty) && (() => without(index)), kit, "li");
  });
  const together = document.createElement("select");
  together.setAttribute("aria-label", kit.words.together);
  together.append(...GROUPS.map((code) => new Option(kit.words[code], code, false, code === kind)));
  together.addEventListener("change", () => set({ [together.value]: parts }));
  const list = make("ul", "list-plain", ...rows);
  const feet = make(
    "div",
    "row",
    action(kit, "plus", kit.words.condition, () => set({ [kind]: [...parts, kit.fresh()] })),
    action(kit, "plus", kit.words.group, () => set({ [kind]: [...parts, { [kind === "any" ? "all" : "any"]: kit.freshGroup() }] })),
  );
  return make("div", "condition-group", together, list, feet);
}

function partOf(inner, remove, kit, tag) {
  const row = make(tag, "condition-part", inner);
  if (remove) {
    const button = action(kit, "close", "", remove, "tool-button icon-only");
    button.title = kit.words.remove;
    button.setAttribute("aria-label", kit.words.remove);
    row.append(button);
  }
  return row;
}

function action(kit, drawing, words, act, look = "button quiet small") {
  const button = make("button", look, kit.icon(drawing), words);
  button.type = "button";
  button.addEventListener("click", act);
  return button;
}

function make(tag, className, ...children) {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...children);
  return made;
}

/** Values of a list to be chosen by ticking: `choices` are `[{code, title}]`. */
export function tickedValues(choices, values, set, label) {
  const boxes = choices.map((choice) => {
    const box = document.createElement("input");
    box.type = "checkbox";
    box.checked = values.includes(choice.code);
    box.addEventListener("change", () => set(box.checked ? [...values, choice.code] : values.filter((one) => one !== choice.code)));
    return make("label", "", box, make("span", "", choice.title));
  });
  const group = make("div", "chip-choice small", ...boxes);
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", label);
  return group;
}
