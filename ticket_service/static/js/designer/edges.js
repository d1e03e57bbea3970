// Routes of connections: out of the bottom of a step, around everything in the way, into the top of the next; what leads
// back enters from the side. Of a few dozen candidates the one that crosses least, bends least and is shortest is taken.

import { makeBoxes, makeLines } from "./occupied.js";

const OUT = 16;
const INTO = 20;
const SIDE = 22;
const CLEAR = 12;
const TRACK = 9;
const EDGE_OF_BOX = 16;
const BEND = 34;
const DOWN = 0.6;
const THROUGH = 4000;

/**
 * Routes for `edges` [{id, from, to, port: {x, y}}] among `boxes` (Map key → {x, y, width, height}, x and y the upper
 * left corner). Gives Map id → [{x, y}, …]. `kept` are routes of other edges that stay: [{from, to, points}].
 */
export function routes(edges, boxes, kept = []) {
  const lines = makeLines();
  const found = new Map();
  const obstacles = [...boxes.entries()].map(([key, box]) => ({ key, ...box }));
  const stood = makeBoxes(obstacles, CLEAR);
  const take = ({ from, to }, points) => segmentsOf(points).forEach((segment) => lines.add({ ...segment, to, from }));
  for (const edge of kept) take(edge, edge.points);
  // What leads straight down goes first and keeps its line.
  const byLength = edges.map((edge) => ({ edge, span: span(edge, boxes) })).sort((a, b) => a.span - b.span);
  for (const { edge } of byLength) {
    const target = boxes.get(edge.to);
    if (!target) continue;
    const best = cheapest(edge, target, obstacles, stood, lines);
    found.set(edge.id, best);
    take(edge, best);
  }
  return found;
}

/** Whether a route passes through a box, or nearer to it than a line may. */
export const isInTheWay = (box, points) => segmentsOf(points).some((one) => touches(one, box, CLEAR - 2));

const span = (edge, boxes) => {
  const target = boxes.get(edge.to);
  if (!target) return 0;
  const down = target.y - edge.port.y;
  return (down < 0 ? 10_000 - down : down) + Math.abs(target.x + target.width / 2 - edge.port.x);
};

function cheapest(edge, target, obstacles, stood, lines) {
  const search = { best: null, least: Infinity, edge, stood, lines };
  const { y: sy } = edge.port;
  if (target.y >= sy + OUT + INTO - 8 && edge.from !== edge.to) downwards(edge, target, obstacles, search);
  else backwards(edge, target, obstacles, search);
  return search.best;
}

function attempt(search, points) {
  const cost = costOf(points, search);
  if (cost < search.least) [search.best, search.least] = [points, cost];
}

function downwards(edge, target, obstacles, search) {
  const { x: sx, y: sy } = edge.port;
  const entries = entriesOf(target, sx);
  const levels = tracks(sy, target.y);
  for (const ex of entries) {
    if (Math.abs(ex - sx) < 1) attempt(search, [{ x: sx, y: sy }, { x: sx, y: target.y }]);
    for (const y of levels) attempt(search, clean([{ x: sx, y: sy }, { x: sx, y }, { x: ex, y }, { x: ex, y: target.y }]));
  }
  const down = (target.y - sy) * DOWN;
  for (const lane of lanes(obstacles, sy, target.y, sx)) {
    // No way by this lane is shorter than that, and the lanes after it lie farther off.
    if (Math.abs(lane - sx) + down >= search.least) return;
    const inside = upright(lane, sy + OUT + 2 * TRACK, target.y - INTO - 2 * TRACK);
    if (isTooDear(inside, Math.abs(lane - sx) + down, search)) continue;
    for (const [a, b] of TRACK_PAIRS) {
      const [y1, y2] = [sy + OUT + a * TRACK, target.y - INTO - b * TRACK];
      for (const ex of [entries[0], clampInto(target, lane)]) {
        if (Math.abs(lane - sx) + Math.abs(ex - lane) + down >= search.least) continue;
        attempt(search, clean([{ x: sx, y: sy }, { x: sx, y: y1 }, { x: lane, y: y1 }, { x: lane, y: y2 }, { x: ex, y: y2 }, { x: ex, y: target.y }]));
      }
    }
  }
}

function backwards(edge, target, obstacles, search) {
  const { x: sx, y: sy } = edge.port;
  const own = obstacles.find((box) => box.key === edge.from);
  const ey = target.y + Math.min(target.height / 2, 26);
  const up = Math.max(0, Math.abs(sy + OUT - ey) - 4 * TRACK) * DOWN;
  for (const lane of lanes(obstacles, Math.min(ey, own?.y ?? sy), sy + OUT, sx)) {
    if (lane > target.x - SIDE && lane < target.x + target.width + SIDE) continue;
    const side = lane < target.x ? target.x : target.x + target.width;
    if (Math.abs(lane - sx) + up >= search.least) return;
    const across = Math.abs(lane - sx) + Math.abs(side - lane);
    if (across + up >= search.least || isTooDear(upright(lane, ey + 8, sy + OUT), across + up, search)) continue;
    for (const a of [0, 1, 2, 3]) {
      const y1 = sy + OUT + a * TRACK;
      for (const shift of [0, -8, 8]) attempt(search, clean([{ x: sx, y: sy }, { x: sx, y: y1 }, { x: lane, y: y1 }, { x: lane, y: ey + shift }, { x: side, y: ey + shift }]));
    }
  }
}

const TRACK_PAIRS = [[0, 0], [1, 0], [0, 1], [1, 1], [2, 0], [0, 2], [2, 2]];

const clampInto = (box, x) => Math.min(Math.max(x, box.x + EDGE_OF_BOX), box.x + box.width - EDGE_OF_BOX);

function entriesOf(target, sx) {
  const middle = target.x + target.width / 2;
  return [...new Set([clampInto(target, sx), middle, clampInto(target, middle + 24), clampInto(target, middle - 24)])];
}

function tracks(top, bottom) {
  const all = [];
  for (let y = bottom - INTO; y >= top + OUT && all.length < 6; y -= TRACK) all.push(y);
  const fromTop = [];
  for (let y = top + OUT; y <= bottom - INTO && fromTop.length < 5; y += TRACK) fromTop.push(y);
  return [...new Set([(top + bottom) / 2, ...all, ...fromTop])];
}

/** Where a line may run down between `top` and `bottom`: beside everything that stands in that range, nearest first. */
function lanes(obstacles, top, bottom, near) {
  const beside = new Set();
  for (const box of obstacles) {
    if (box.y + box.height < top - OUT || box.y > bottom + OUT) continue;
    for (let track = 0; track < 4; track += 1) {
      beside.add(Math.round(box.x - SIDE - track * TRACK));
      beside.add(Math.round(box.x + box.width + SIDE + track * TRACK));
    }
  }
  return [...beside].sort((a, b) => Math.abs(a - near) - Math.abs(b - near)).slice(0, 60);
}

/** Points without repeats and without stops on a straight line. */
function clean(points) {
  const kept = [];
  for (const point of points) {
    const [a, b] = [kept.at(-2), kept.at(-1)];
    if (b && Math.abs(b.x - point.x) < 0.5 && Math.abs(b.y - point.y) < 0.5) continue;
    if (a && ((a.x === b.x && b.x === point.x) || (a.y === b.y && b.y === point.y))) kept.pop();
    kept.push(point);
  }
  return kept;
}

function segmentsOf(points) {
  const segments = [];
  for (let index = 1; index < points.length; index += 1) {
    const [a, b] = [points[index - 1], points[index]];
    segments.push({ x1: Math.min(a.x, b.x), x2: Math.max(a.x, b.x), y1: Math.min(a.y, b.y), y2: Math.max(a.y, b.y), isUpright: a.x === b.x });
  }
  return segments;
}

const upright = (x, top, bottom) => ({ x1: x, x2: x, y1: top, y2: bottom, isUpright: true });

/** Whether the piece that all ways by a lane have in common costs too much already. */
const isTooDear = (piece, reach, search) => piece.y1 < piece.y2 && reach + inItsWay(piece, search, false, search.least - reach) >= search.least;

/** What a route costs, or any figure of at least the least so far as soon as it is not the best. */
function costOf(points, search) {
  let cost = (points.length - 2) * BEND;
  const segments = segmentsOf(points);
  for (const segment of segments) cost += segment.x2 - segment.x1 + (segment.y2 - segment.y1) * DOWN;
  for (let index = 0; index < segments.length && cost < search.least; index += 1) {
    const isInner = index > 0 && index < segments.length - 1 && segments[index].isUpright;
    cost += inItsWay(segments[index], search, isInner, search.least - cost);
  }
  return cost;
}

/** What a line costs for what it runs beside, through and across; any figure of at least `enough` when it is dearer. */
function inItsWay(one, { edge, stood, lines }, isInner, enough) {
  let cost = 0;
  for (const stripe of lines.beside(one, TRACK - 2)) for (const other of stripe) cost += along(one, other, edge);
  if (cost >= enough) return cost;
  for (const box of stood.near(one)) {
    const isEnd = box.key === edge.from || box.key === edge.to;
    if (touches(one, box, !isEnd || isInner ? CLEAR - 2 : -1)) cost += THROUGH;
  }
  if (cost >= enough) return cost;
  for (const stripe of lines.across(one)) for (const other of stripe) cost += crossing(one, other, edge);
  return cost;
}

const touches = (line, box, room) =>
  line.x2 > box.x - room && line.x1 < box.x + box.width + room && line.y2 > box.y - room && line.y1 < box.y + box.height + room;

function crossing(one, other, edge) {
  const crosses = one.x1 < other.x2 - 1 && one.x2 > other.x1 + 1 && one.y1 < other.y2 - 1 && one.y2 > other.y1 + 1;
  return crosses && other.to !== edge.to ? 46 : 0;
}

function along(one, other, edge) {
  const gap = one.isUpright ? Math.abs(one.x1 - other.x1) : Math.abs(one.y1 - other.y1);
  if (gap > TRACK - 2) return 0;
  const shared = one.isUpright ? Math.min(one.y2, other.y2) - Math.max(one.y1, other.y1) : Math.min(one.x2, other.x2) - Math.max(one.x1, other.x1);
  if (shared <= 2) return 0;
  // Lines to the same step may run together, as branches of one arrow.
  return other.to === edge.to ? (gap < 1 ? 0 : shared * 0.4 + 6) : shared * 4 + 120;
}

/** A path through these points with round corners. */
export function roundedPath(points, radius = 9) {
  if (points.length < 2) return "";
  let path = `M${points[0].x} ${points[0].y}`;
  for (let index = 1; index < points.length - 1; index += 1) {
    const [before, here, after] = [points[index - 1], points[index], points[index + 1]];
    const r = Math.min(radius, length(before, here) / 2, length(here, after) / 2);
    const a = towards(here, before, r);
    const b = towards(here, after, r);
    path += `L${a.x} ${a.y}Q${here.x} ${here.y} ${b.x} ${b.y}`;
  }
  const last = points.at(-1);
  return `${path}L${last.x} ${last.y}`;
}

const length = (a, b) => Math.hypot(a.x - b.x, a.y - b.y);

function towards(from, to, distance) {
  const whole = length(from, to) || 1;
  return { x: from.x + ((to.x - from.x) * distance) / whole, y: from.y + ((to.y - from.y) * distance) / whole };
}

/** How far a point is from a route. */
export function distanceTo(points, { x, y }) {
  return Math.min(
    ...segmentsOf(points).map((one) => Math.hypot(x - Math.min(Math.max(x, one.x1), one.x2), y - Math.min(Math.max(y, one.y1), one.y2))),
  );
}
