// The draft on the drawing board: what it is, what is chosen, how it became so; and its way back and forth.
const MERGE_WITHIN_MS = 900;
const MOST_STEPS = 200;
const NEW_LABEL = { "zh-CN": "新问题", en: "New question" };
const NEW_SECTION = { "zh-CN": "新的一节", en: "New section" };

export class Draft {
  constructor(about) {
    this.about = about;
    this.language = about.language;
    this.definition = about.definition;
    this.definition.fields ??= [];
    this.revision = about.revision;
    this.problems = about.problems;
    this.selected = -1;
    this.isFresh = true;
    this.past = [];
    this.future = [];
    this.listeners = [];
    this.lastMerge = { token: "", at: 0 };
  }

  get fields() {
    return this.definition.fields;
  }

  get field() {
    return this.fields[this.selected];
  }

  get canUndo() {
    return this.past.length > 0;
  }

  get canRedo() {
    return this.future.length > 0;
  }

  hear(listener) {
    this.listeners.push(listener);
  }

  /** Tell everybody: "definition" when it changed, "selection", "saved". */
  tell(what) {
    for (const listener of this.listeners) listener(what);
    if (what === "definition") this.isFresh = false;
  }

  /** Change the draft; changes with the same token shortly after one another are taken back together. */
  change(alter, token = "") {
    const now = Date.now();
    const merges = token && token === this.lastMerge.token && now - this.lastMerge.at < MERGE_WITHIN_MS;
    if (!merges) this.past.push(this.snapshot());
    if (this.past.length > MOST_STEPS) this.past.shift();
    this.lastMerge = { token, at: now };
    this.future = [];
    alter(this.definition);
    this.isFresh = false;
    this.tell("definition");
  }

  snapshot() {
    return JSON.stringify({ definition: this.definition, selected: this.selected });
  }

  undo() {
    this.travel(this.past, this.future);
  }

  redo() {
    this.travel(this.future, this.past);
  }

  travel(from, to) {
    if (!from.length) return;
    to.push(this.snapshot());
    const kept = JSON.parse(from.pop());
    this.definition = kept.definition;
    this.selected = Math.min(kept.selected, this.fields.length - 1);
    this.lastMerge = { token: "", at: 0 };
    this.tell("definition");
    this.tell("selection");
  }

  select(index) {
    this.selected = index;
    this.tell("selection");
  }

  /** Put fields in at a place and choose the first of them. */
  insert(fields, at) {
    this.change(() => this.fields.splice(at, 0, ...fields));
    this.select(at + fields.length - 1);
  }

  move(from, to) {
    if (from === to || to < 0 || to >= this.fields.length) return;
    this.change(() => this.fields.splice(to, 0, ...this.fields.splice(from, 1)));
    this.select(to);
  }

  remove(index) {
    this.change(() => this.fields.splice(index, 1));
    this.select(Math.min(index, this.fields.length - 1));
  }

  duplicate(index) {
    const copy = structuredClone(this.fields[index]);
    copy.key = this.freeKey(copy.key);
    delete copy.role;
    this.insert([copy], index + 1);
  }

  freeKey(wanted) {
    const taken = new Set(this.fields.map((field) => field.key));
    if (!taken.has(wanted)) return wanted;
    const stem = wanted.replace(/_\d+$/, "").slice(0, 34);
    for (let number = 2; ; number += 1) if (!taken.has(`${stem}_${number}`)) return `${stem}_${number}`;
  }

  /** Give a field another key, and everything that looks at it too. */
  rename(index, key) {
    const old = this.fields[index].key;
    this.change((definition) => {
      this.fields[index].key = key;
      if (this.fields.filter((field) => field.key === old).length === 0) redirect(definition, old, key);
    }, `rename-${index}`);
  }

  problemsOf(key) {
    return this.problems.filter((problem) => problem.place === key);
  }

  /** Fresh fields of a palette entry; a group brings its lists already linked. */
  fresh(kind) {
    if (kind === "place_group") return this.linked(["project", "building", "home"], "place");
    if (kind === "taxonomy_group") return this.linked(["category", "component", "defect"], "");
    const made = { key: this.freeKey(kind), kind, label: { ...(kind === "section" ? NEW_SECTION : NEW_LABEL) } };
    if (kind === "choice" || kind === "choices") {
      made.options = [1, 2].map((number) => ({ code: `option_${number}`, label: { "zh-CN": `选项${number}`, en: `Option ${number}` } }));
    }
    if (kind === "cascade") made.level = "project";
    if (kind === "computed") made.expression = { count: [{ value: 1 }] };
    return [made];
  }

  linked(levels, role) {
    const made = [];
    for (const level of levels) {
      const field = { key: this.freeKey(level), kind: "cascade", level, label: LEVEL_LABELS[level] };
      if (made.length) field.parent = made.at(-1).key;
      const wanted = role || level;
      if (!this.fields.some((other) => other.role === wanted && other.level === level)) field.role = wanted;
      if (level === "project" || level === "building") field.is_required = true;
      made.push(field);
    }
    return made;
  }
}

const LEVEL_LABELS = {
  project: { "zh-CN": "项目", en: "Project" },
  building: { "zh-CN": "楼栋", en: "Building" },
  home: { "zh-CN": "房屋", en: "Home" },
  category: { "zh-CN": "问题类型", en: "Kind of problem" },
  component: { "zh-CN": "部件", en: "Part" },
  defect: { "zh-CN": "缺陷", en: "Defect" },
};

function redirect(part, old, key) {
  if (Array.isArray(part)) for (const inner of part) redirect(inner, old, key);
  if (part === null || typeof part !== "object") return;
  for (const name of ["field", "other", "parent"]) if (part[name] === old) part[name] = key;
  for (const inner of Object.values(part)) redirect(inner, old, key);
}
