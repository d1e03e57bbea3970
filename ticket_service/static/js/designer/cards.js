// How a node looks: its card with title, who has it, small signs, and its ways out as labelled chips along the bottom.
import { exitInWords, iconHref, inWords, kindTitle, whoInWords } from "./catalogue.js";
import { exitsOf, newExit, titleOf } from "./model.js";
import { pick, t } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const HEAD = 50;
const CHIP_HEIGHT = 24;
const CHIP_GAP = 6;
const CHIP_TEXT = 118;
const SIDE = 12;
const NARROWEST = 168;
const WIDEST_TITLE = 210;
const NOTE_HEIGHT = 19;
const MOST_MEASURED = 5000;
const ICONS = { task: "wrench", approval: "stamp", branch: "branch", split: "split", join: "join", timer: "clock", notice: "bell", subprocess: "layers" };

const ruler = document.createElement("canvas").getContext("2d");

const measured = new Map();
let family = null;

function widthOf(text, size, isStrong = false) {
  const name = `${isStrong ? 600 : 400} ${size} ${text}`;
  const known = measured.get(name);
  if (known !== undefined) return known;
  // Typing measures a new text with each letter; what was measured long ago may be measured again.
  if (measured.size > MOST_MEASURED) measured.clear();
  family ??= getComputedStyle(document.documentElement).fontFamily;
  ruler.font = `${isStrong ? 600 : 400} ${size}px ${family}`;
  const width = ruler.measureText(text).width;
  measured.set(name, width);
  return width;
}

function shortened(text, width, size, isStrong = false) {
  if (widthOf(text, size, isStrong) <= width) return text;
  let kept = [...text];
  while (kept.length > 1 && widthOf(`${kept.join("")}…`, size, isStrong) > width) kept = kept.slice(0, -1);
  return `${kept.join("")}…`;
}

/** The measures of a node: width, height, texts and chips; `notes` are lines below its title, `mayGrow` adds a chip to draw a new way out from. */
export function cardOf(node, doc, { notes = [], mayGrow = false } = {}) {
  const title = titleOf(node, pick);
  if (node.kind === "start" || node.kind === "end") {
    const text = shortened(title, 150, 13, true);
    const card = { key: node.key, kind: node.kind, title: text, fullTitle: title, sub: "", signs: [], notes: notes.map((note) => shortened(note, 160, 11.5)), width: Math.max(92, widthOf(text, 13, true) + 52), height: 36 + notes.length * NOTE_HEIGHT };
    card.chips = chipsOf(node, doc, false).map((chip) => ({ ...chip, text: "", width: 0, x: 0 }));
    return card;
  }
  const chips = chipsOf(node, doc, mayGrow);
  const isPlain = chips.length === 1 && !chips[0].text;
  const chipsWidth = isPlain ? 0 : chips.reduce((sum, chip) => sum + chip.width, 0) + CHIP_GAP * (chips.length - 1);
  const sub = whoInWords(node);
  const signs = signsOf(node);
  const wishes = Math.min(WIDEST_TITLE, Math.max(widthOf(title, 14, true), widthOf(sub, 12), ...notes.map((note) => widthOf(note, 11.5)))) + 46 + SIDE + signs.length * 18;
  const width = Math.ceil(Math.max(NARROWEST, wishes, chipsWidth + SIDE * 2));
  const room = width - 46 - SIDE - signs.length * 18;
  const height = HEAD + notes.length * NOTE_HEIGHT + (isPlain ? 0 : CHIP_HEIGHT + 8);
  let x = -chipsWidth / 2;
  for (const chip of chips) {
    chip.x = isPlain ? 0 : x + chip.width / 2;
    x += chip.width + CHIP_GAP;
  }
  return {
    key: node.key,
    kind: node.kind,
    title: shortened(title, room, 14, true),
    fullTitle: title,
    sub: shortened(sub, room + (signs.length ? 0 : 0), 12),
    fullSub: sub,
    notes: notes.map((note) => shortened(note, width - 46 - SIDE, 11.5)),
    signs,
    chips,
    isPlain,
    width,
    height,
  };
}

function chipsOf(node, doc, mayGrow) {
  const chips = exitsOf(node).map((exit, index) => {
    const full = exitInWords(node, exit, doc);
    const text = shortened(full, CHIP_TEXT, 12);
    const when = exit.role === "choice" && node.choices[exit.slot[1]].when;
    return { slot: exit.slot, index, to: exit.to, role: exit.role, text, full: when ? `${full} (${inWords(when, doc)})` : full, width: text ? widthOf(text, 12) + 18 : 0 };
  });
  if (mayGrow && newExit(node, "")) chips.push({ slot: null, index: chips.length, to: null, role: "new", text: "+", full: t("Draw another way out from here"), width: 26 });
  return chips;
}

function signsOf(node) {
  const signs = [];
  const choices = node.choices ?? [];
  if (choices.some((choice) => choice.evidence?.length)) signs.push({ icon: "camera", title: t("Asks for evidence") });
  if (choices.some((choice) => choice.form)) signs.push({ icon: "clipboard", title: t("Has a form") });
  if (node.timers?.length) signs.push({ icon: "clock", title: t("Watches the clock") });
  return signs;
}

/** An SVG element with attributes. */
export function draw(name, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) if (value !== null && value !== undefined) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

const icon = (name, x, y, size, className) => draw("use", { href: iconHref(name), x, y, width: size, height: size, class: className });

/** The drawing of a card; its origin is the middle of its upper edge. */
export function drawnCard(card, node) {
  const { width, height } = card;
  const left = -width / 2;
  const isPill = card.kind === "start" || card.kind === "end";
  const group = draw("g", { class: `node node-${card.kind}${node.ticket_state === "rejected" ? " is-rejected" : ""}`, "data-key": card.key, tabindex: 0, role: "button", "aria-label": spokenName(card) });
  if (card.kind === "subprocess") group.append(draw("rect", { class: "node-shadow", x: left + 5, y: 5, width, height, rx: 11 }));
  group.append(draw("rect", { class: "node-box", x: left, y: 0, width, height, rx: isPill ? Math.min(18, height / 2) : 11 }));
  group.append(draw("title", {}, [card.fullTitle, card.fullSub].filter(Boolean).join(" · ")));
  if (isPill) {
    group.append(draw("text", { class: "node-title", x: 0, y: 23, "text-anchor": "middle" }, card.title));
    card.notes.forEach((note, index) => group.append(draw("text", { class: "node-note", x: 0, y: 40 + index * NOTE_HEIGHT, "text-anchor": "middle" }, note)));
  } else {
    group.append(draw("rect", { class: "node-icon-back", x: left + 10, y: 10, width: 30, height: 30, rx: 8 }), icon(ICONS[card.kind], left + 16, 16, 18, "node-icon"));
    const y = card.sub ? 22 : 30;
    group.append(draw("text", { class: "node-title", x: left + 48, y }, card.title));
    if (card.sub) group.append(draw("text", { class: "node-sub", x: left + 48, y: 40 }, card.sub));
    card.notes.forEach((note, index) => group.append(draw("text", { class: "node-note", x: left + 48, y: 57 + index * NOTE_HEIGHT }, note)));
    card.signs.forEach((sign, index) => {
      const mark = icon(sign.icon, -left - 25 - index * 18, 10, 14, "node-sign");
      mark.append(draw("title", {}, sign.title));
      group.append(mark);
    });
  }
  for (const chip of card.chips) group.append(drawnChip(chip, card));
  return group;
}

function drawnChip(chip, card) {
  const { height } = card;
  const slot = chip.slot ? JSON.stringify(chip.slot) : "new";
  const group = draw("g", { class: `port port-${chip.role}${chip.to || chip.role === "new" ? "" : " is-open"}`, "data-slot": slot });
  if (chip.full) group.append(draw("title", {}, chip.full));
  if (chip.text) {
    const top = height - CHIP_HEIGHT - 7;
    group.append(
      draw("rect", { class: "chip", x: chip.x - chip.width / 2, y: top, width: chip.width, height: CHIP_HEIGHT, rx: 7 }),
      draw("text", { class: "chip-text", x: chip.x, y: top + 16, "text-anchor": "middle" }, chip.text),
    );
  }
  if (chip.role !== "new") group.append(draw("circle", { class: "port-reach", cx: chip.x, cy: height, r: 14 }), draw("circle", { class: "port-dot", cx: chip.x, cy: height, r: 5 }));
  return group;
}

const spokenName = (card) => [kindTitle(card.kind), card.fullTitle, card.fullSub].filter(Boolean).join(", ");

/** The badge that says how many problems a node has. */
export function drawnBadge(card, problems) {
  const x = card.width / 2 - 2;
  const badge = draw("g", { class: "problem-badge" }, draw("circle", { cx: x, cy: 2, r: 10 }), draw("text", { x, y: 6.5, "text-anchor": "middle" }, String(problems.length)));
  badge.append(draw("title", {}, problems.map((problem) => problem.message).join("\n")));
  return badge;
}
