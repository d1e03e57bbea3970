// The drawing itself: nodes and connections of a document on an SVG, and the part of it that is seen.
import { cardOf, draw, drawnBadge, drawnCard } from "./cards.js";
import { distanceTo, isInTheWay, roundedPath, routes } from "./edges.js";
import { layout } from "./layout.js";
import { edgesOf } from "./model.js";
import { countOfProblems } from "./words.js";

const FARTHEST = 0.15;
const NEAREST = 2.2;
const MARGIN = 36;

const sameBox = (a, b) => a && b && a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height;
const sameEdge = (a, b) => a.id === b.id && a.to === b.to && a.port.x === b.port.x && a.port.y === b.port.y;

/** Places for the whole document by automatic layout. */
export function arranged(doc, options = () => ({})) {
  const cards = doc.nodes.map((node) => cardOf(node, doc, options(node.key)));
  const byKey = new Map(cards.map((card) => [card.key, card]));
  const nodes = cards.map((card) => ({ key: card.key, width: card.width, height: card.height, isEnd: card.kind === "end" }));
  const edges = edgesOf(doc).map((edge) => ({ from: edge.from, to: edge.to, port: byKey.get(edge.from).chips[edge.index]?.x ?? 0 }));
  return layout(nodes, edges, doc.nodes.find((node) => node.kind === "start")?.key);
}

/** A drawing on `svg`. `show` draws; the rest moves the view or says where things are. */
export function makeCanvas(svg) {
  const edgeLayer = draw("g", { class: "edges" });
  const nodeLayer = draw("g", { class: "nodes" });
  const topLayer = draw("g", { class: "top" });
  const world = draw("g", { class: "world" }, edgeLayer, nodeLayer, topLayer);
  svg.replaceChildren(world);
  const view = { x: 0, y: 0, scale: 1 };
  const drawn = new Map();
  const lines = new Map();
  let state = { cards: new Map(), boxes: new Map(), routes: new Map(), edges: [], doc: null, places: {} };
  let resting = state;
  let laid = {};
  let isDrawing = false;
  let onView = () => {};

  function look() {
    world.setAttribute("transform", `translate(${view.x} ${view.y}) scale(${view.scale})`);
    svg.style.setProperty("--grid", `${24 * view.scale}px`);
    svg.style.setProperty("--grid-x", `${view.x}px`);
    svg.style.setProperty("--grid-y", `${view.y}px`);
    onView(view.scale);
  }

  /**
   * Draw `doc`. `marks` gives each node its classes, notes and problems. While nodes are on the move, `moved` are places
   * not yet taken over and `moving` the keys of those nodes: only what they touch finds another way.
   */
  function show(doc, { selection = new Set(), selectedEdge = null, marks = new Map(), edgeMarks = new Map(), moved = null, mayGrow = false, moving = null, extraEdges = [] } = {}) {
    const places = { ...arrangedPlaces(doc, marks, mayGrow), ...moved };
    const cards = new Map();
    const boxes = new Map();
    for (const node of doc.nodes) {
      const mark = marks.get(node.key) ?? {};
      const card = keptCard(node, doc, mark, mayGrow);
      const place = places[node.key];
      cards.set(node.key, card);
      boxes.set(node.key, { x: place.x - card.width / 2, y: place.y, width: card.width, height: card.height });
    }
    const edges = [...edgesOf(doc), ...extraEdges].map((edge) => {
      const place = places[edge.from];
      const card = cards.get(edge.from);
      return { ...edge, port: { x: place.x + (card.chips[edge.index]?.x ?? 0), y: place.y + card.height } };
    });
    state = { cards, boxes, edges, routes: moving ? routesAround(edges, boxes, moving) : restingRoutes(edges, boxes), doc, places };
    if (!moving) resting = state;
    drawNodes(doc, { selection, marks, places });
    drawEdges({ selectedEdge, selection, edgeMarks });
  }

  /** All routes anew, unless everything stands where it stood. */
  function restingRoutes(edges, boxes) {
    const stands = (key) => sameBox(boxes.get(key), resting.boxes.get(key));
    const isSame = resting.boxes.size === boxes.size && [...boxes.keys()].every(stands) && resting.edges.length === edges.length && edges.every((edge, index) => sameEdge(edge, resting.edges[index]));
    return isSame ? resting.routes : routes(edges, boxes);
  }

  /** The routes at rest, but for lines of what moves and lines that it would cover. */
  function routesAround(edges, boxes, moving) {
    const ahead = [...moving].map((key) => boxes.get(key));
    const [kept, rerouted] = [[], []];
    for (const edge of edges) {
      const points = resting.routes.get(edge.id);
      const stays = points && !moving.has(edge.from) && !moving.has(edge.to) && !ahead.some((box) => isInTheWay(box, points));
      if (stays) kept.push({ ...edge, points });
      else rerouted.push(edge);
    }
    const found = routes(rerouted, boxes, kept);
    return new Map(edges.map((edge) => [edge.id, found.get(edge.id) ?? resting.routes.get(edge.id)]));
  }

  function arrangedPlaces(doc, marks, mayGrow) {
    const own = doc.layout ?? {};
    if (doc.nodes.every((node) => own[node.key])) return own;
    const notes = [...marks].map(([key, mark]) => `${key}:${mark.notes?.length ?? 0}`).join();
    if (laid.doc === doc && laid.notes === notes) return laid.places;
    const made = arranged(doc, (key) => ({ notes: marks.get(key)?.notes ?? [], mayGrow }));
    laid = { doc, notes, places: { ...made, ...own } };
    // A node without a place beside nodes that have theirs keeps its distance to the start.
    return laid.places;
  }

  function keptCard(node, doc, mark, mayGrow) {
    const kept = drawn.get(node.key);
    const notes = mark.notes ?? [];
    const signature = `${mayGrow}|${notes.join("|")}`;
    if (kept && kept.node === node && kept.card.signature === signature) return kept.card;
    return { ...cardOf(node, doc, { notes, mayGrow }), signature };
  }

  function drawNodes(doc, { selection, marks, places }) {
    const seen = new Set();
    const ordered = [...doc.nodes].sort((a, b) => places[a.key].y - places[b.key].y || places[a.key].x - places[b.key].x);
    for (const node of ordered) {
      seen.add(node.key);
      const card = state.cards.get(node.key);
      const mark = marks.get(node.key) ?? {};
      let kept = drawn.get(node.key);
      if (!kept || kept.card !== card) {
        const group = drawnCard(card, node);
        if (kept) {
          const hadFocus = document.activeElement === kept.group;
          kept.group.replaceWith(group);
          isDrawing = true;
          if (hadFocus) group.focus({ preventScroll: true });
          isDrawing = false;
        }
        kept = { node, card, group };
        drawn.set(node.key, kept);
      }
      dress(kept, { isSelected: selection.has(node.key), mark, place: places[node.key] });
    }
    for (const [key, kept] of drawn) {
      if (seen.has(key)) continue;
      kept.group.remove();
      drawn.delete(key);
    }
    const groups = ordered.map((node) => drawn.get(node.key).group);
    if (groups.some((group, index) => nodeLayer.children[index] !== group)) {
      const focused = document.activeElement;
      nodeLayer.replaceChildren(...groups);
      // Drawing anew takes the focus away for a moment; giving it back is no choice of the reader's.
      isDrawing = true;
      if (groups.includes(focused)) focused.focus({ preventScroll: true });
      isDrawing = false;
    }
  }

  function dress(kept, { isSelected, mark, place }) {
    const { group } = kept;
    // Even the same value written again costs the browser a drawing of the node.
    if (kept.x !== place.x || kept.y !== place.y) group.setAttribute("transform", `translate(${place.x} ${place.y})`);
    if (kept.isSelected !== isSelected) {
      group.classList.toggle("is-selected", isSelected);
      group.setAttribute("aria-pressed", String(isSelected));
    }
    [kept.x, kept.y, kept.isSelected] = [place.x, place.y, isSelected];
    const classes = mark.classes ?? [];
    for (const name of kept.classes ?? []) if (!classes.includes(name)) group.classList.remove(name);
    group.classList.add(...classes);
    kept.classes = classes;
    const problems = mark.problems ?? [];
    const said = problems.map((problem) => problem.message).join("\n");
    if (said === (kept.said ?? "")) return;
    kept.said = said;
    group.querySelector(".problem-badge")?.remove();
    group.classList.toggle("has-problem", problems.length > 0);
    if (!problems.length) return group.removeAttribute("aria-description");
    group.append(drawnBadge(kept.card, problems));
    group.setAttribute("aria-description", countOfProblems(problems.length));
  }

  function drawEdges({ selectedEdge, selection, edgeMarks }) {
    const ordered = [];
    for (const edge of state.edges) {
      const points = state.routes.get(edge.id);
      if (!points) continue;
      const near = selection.has(edge.from) || selection.has(edge.to);
      const names = ["edge", points.at(-1).y < points[0].y && "is-back", edge.id === selectedEdge && "is-selected", near && "is-near", edgeMarks.get(edge.id)];
      ordered.push(drawnLine(edge.id, points, names.filter(Boolean).join(" ")));
    }
    if (lines.size > ordered.length) {
      const shown = new Set(ordered);
      for (const [id, line] of lines) if (!shown.has(line)) lines.delete(id);
    }
    if (edgeLayer.children.length !== ordered.length || ordered.some((line, index) => edgeLayer.children[index] !== line.group)) edgeLayer.replaceChildren(...ordered.map((line) => line.group));
  }

  /** The group of a connection, drawn anew only where its way or its look is another. */
  function drawnLine(id, points, names) {
    const kept = lines.get(id) ?? newLine(id);
    if (kept.points !== points) {
      const path = roundedPath(points);
      for (const part of kept.parts) part.setAttribute("d", path);
      kept.tip.setAttribute("transform", tipTransform(points));
      kept.points = points;
    }
    if (kept.names !== names) kept.group.setAttribute("class", (kept.names = names));
    return kept;
  }

  function newLine(id) {
    const parts = [draw("path", { class: "edge-reach" }), draw("path", { class: "edge-line" })];
    const tip = draw("path", { class: "edge-tip", d: "M-5 -9L0 -1L5 -9Z" });
    const line = { group: draw("g", { "data-edge": id }, ...parts, tip), parts, tip, points: null, names: null };
    lines.set(id, line);
    return line;
  }

  function tipTransform(points) {
    const [before, last] = points.slice(-2);
    const angle = before.x < last.x ? -90 : before.x > last.x ? 90 : before.y > last.y ? 180 : 0;
    return `translate(${last.x} ${last.y}) rotate(${angle})`;
  }

  /** A point of the page as a point of the drawing. */
  function toWorld(clientX, clientY) {
    const frame = svg.getBoundingClientRect();
    return { x: (clientX - frame.left - view.x) / view.scale, y: (clientY - frame.top - view.y) / view.scale };
  }

  function zoom(factor, clientX, clientY) {
    const frame = svg.getBoundingClientRect();
    const [px, py] = [(clientX ?? frame.left + frame.width / 2) - frame.left, (clientY ?? frame.top + frame.height / 2) - frame.top];
    const scale = Math.min(NEAREST, Math.max(FARTHEST, view.scale * factor));
    view.x = px - ((px - view.x) * scale) / view.scale;
    view.y = py - ((py - view.y) * scale) / view.scale;
    view.scale = scale;
    look();
  }

  function extent(keys = null) {
    const boxes = keys ? keys.map((key) => state.boxes.get(key)).filter(Boolean) : [...state.boxes.values()];
    const points = keys ? [] : [...state.routes.values()].flat();
    if (!boxes.length) return { x: 0, y: 0, width: 1, height: 1 };
    const xs = [...boxes.flatMap((box) => [box.x, box.x + box.width]), ...points.map((point) => point.x)];
    const ys = [...boxes.flatMap((box) => [box.y, box.y + box.height]), ...points.map((point) => point.y)];
    const [x, y] = [Math.min(...xs), Math.min(...ys)];
    return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
  }

  /** See everything; never larger than life. `smallest` keeps it readable, from its top on. */
  function fit(smallest = 0, margin = MARGIN) {
    const frame = svg.getBoundingClientRect();
    const whole = extent();
    const scale = Math.min(1, (frame.width - margin * 2) / whole.width, (frame.height - margin * 2) / whole.height);
    view.scale = Math.max(scale, smallest);
    view.x = (frame.width - whole.width * view.scale) / 2 - whole.x * view.scale;
    const height = whole.height * view.scale;
    view.y = (height > frame.height - margin ? margin : (frame.height - height) / 2) - whole.y * view.scale;
    if (whole.width * view.scale > frame.width) {
      const start = state.doc?.nodes.find((node) => node.kind === "start");
      const box = start && state.boxes.get(start.key);
      if (box) view.x = frame.width / 2 - (box.x + box.width / 2) * view.scale;
    }
    look();
  }

  /** Move the view so that a node is well inside it. */
  function reveal(key) {
    const box = state.boxes.get(key);
    if (!box) return;
    const frame = svg.getBoundingClientRect();
    const [left, top] = [box.x * view.scale + view.x, box.y * view.scale + view.y];
    const [right, bottom] = [left + box.width * view.scale, top + box.height * view.scale];
    if (left < MARGIN || right > frame.width - MARGIN) view.x += frame.width / 2 - (left + right) / 2;
    if (top < MARGIN || bottom > frame.height - MARGIN) view.y += frame.height / 2 - (top + bottom) / 2;
    look();
  }

  return {
    svg,
    view,
    topLayer,
    show,
    zoom,
    fit,
    reveal,
    extent,
    toWorld,
    get state() {
      return state;
    },
    pan(dx, dy) {
      view.x += dx;
      view.y += dy;
      look();
    },
    onView(heard) {
      onView = heard;
      heard(view.scale);
    },
    get isDrawing() {
      return isDrawing;
    },
    groupOf: (key) => drawn.get(key)?.group,
    /** The node whose card holds this point of the drawing, or the nearest within `reach`. */
    nodeAt(point, reach = 0) {
      for (const [key, box] of [...state.boxes].reverse()) {
        if (point.x >= box.x - reach && point.x <= box.x + box.width + reach && point.y >= box.y - reach && point.y <= box.y + box.height + reach) return key;
      }
      return null;
    },
    /** The connection that passes within `reach` of this point. */
    edgeAt(point, reach = 18) {
      let [nearest, least] = [null, reach];
      for (const edge of state.edges) {
        const points = state.routes.get(edge.id);
        const distance = points ? distanceTo(points, point) : Infinity;
        if (distance < least) [nearest, least] = [edge, distance];
      }
      return nearest;
    },
  };
}
