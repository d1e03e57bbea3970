// Automatic layout from top to bottom: loops are turned round, steps put into layers, layers ordered so that few lines
// cross, and places found by least squares. Pure: sizes and connections in, places out.

const GAP_X = 36;
const GAP_Y = 46;
const JOG = 7;
const LANE = 14;
const SWEEPS = 24;

/**
 * Places for nodes. `nodes`: [{key, width, height}], `edges`: [{from, to, port}] with `port` the distance of the way out
 * from the middle of its node. Gives {key: {x, y}}, x the middle and y the top, the first start at 0, 0.
 */
export function layout(nodes, edges, startKey) {
  if (!nodes.length) return {};
  const graph = { nodes: new Map(nodes.map((node) => [node.key, node])), edges: edges.filter((edge) => edge.from !== edge.to) };
  const order = depthFirst(graph, startKey);
  const forward = graph.edges.map((edge) => (order.isBack(edge) ? null : edge)).filter(Boolean);
  const layerOf = layered(graph, forward, order.sequence);
  const { layers, links } = withLanes(graph, forward, layerOf, order.sequence);
  reduceCrossings(layers, links);
  placeAcross(layers, links);
  return placeDown(layers, links, startKey);
}

function depthFirst(graph, startKey) {
  const out = new Map([...graph.nodes.keys()].map((key) => [key, []]));
  for (const edge of graph.edges) out.get(edge.from)?.push(edge);
  const entered = new Map();
  const finished = new Set();
  const back = new Set();
  const sequence = [];
  const hasEntry = new Set(graph.edges.map((edge) => edge.to));
  const roots = [startKey, ...[...graph.nodes.keys()].filter((key) => !hasEntry.has(key)), ...graph.nodes.keys()];
  for (const root of roots) {
    if (!graph.nodes.has(root) || entered.has(root)) continue;
    const path = [[root, 0]];
    entered.set(root, entered.size);
    sequence.push(root);
    while (path.length) {
      const top = path.at(-1);
      const edge = out.get(top[0])[top[1]];
      if (!edge) {
        finished.add(top[0]);
        path.pop();
        continue;
      }
      top[1] += 1;
      if (entered.has(edge.to)) {
        if (!finished.has(edge.to)) back.add(edge);
      } else {
        entered.set(edge.to, entered.size);
        sequence.push(edge.to);
        path.push([edge.to, 0]);
      }
    }
  }
  return { sequence, isBack: (edge) => back.has(edge) };
}

/** The longest way from a beginning says the layer; what has no way in stands just above what it leads to. */
function layered(graph, forward, sequence) {
  const layerOf = new Map(sequence.map((key) => [key, 0]));
  const entries = new Map(sequence.map((key) => [key, 0]));
  const out = new Map(sequence.map((key) => [key, []]));
  for (const edge of forward) {
    entries.set(edge.to, entries.get(edge.to) + 1);
    out.get(edge.from).push(edge.to);
  }
  const isRoot = new Set(sequence.filter((key) => entries.get(key) === 0));
  const waiting = sequence.filter((key) => isRoot.has(key));
  while (waiting.length) {
    const key = waiting.shift();
    for (const to of out.get(key)) {
      layerOf.set(to, Math.max(layerOf.get(to), layerOf.get(key) + 1));
      entries.set(to, entries.get(to) - 1);
      if (entries.get(to) === 0) waiting.push(to);
    }
  }
  for (const key of sequence.slice(1)) {
    if (isRoot.has(key) && out.get(key).length) layerOf.set(key, Math.max(0, Math.min(...out.get(key).map((to) => layerOf.get(to))) - 1));
  }
  const last = Math.max(...layerOf.values());
  for (const [key, node] of graph.nodes) if (node.isEnd && entries.get(key) === 0 && !isRoot.has(key)) layerOf.set(key, last);
  return layerOf;
}

/** Layers of real nodes and of lanes where a long connection passes; links join neighbours of adjacent layers. */
function withLanes(graph, forward, layerOf, sequence) {
  const layers = [];
  const at = new Map();
  const add = (item) => {
    (layers[item.layer] ??= []).push(item);
    return item;
  };
  for (const key of sequence) at.set(key, add({ ...graph.nodes.get(key), layer: layerOf.get(key), isLane: false, x: 0, up: [], down: [] }));
  const links = [];
  const mains = new Set();
  for (const edge of forward) {
    let before = at.get(edge.from);
    const target = at.get(edge.to);
    const isMain = !mains.has(edge.from);
    mains.add(edge.from);
    let port = isMain ? 0 : edge.port;
    for (let layer = before.layer + 1; layer <= target.layer; layer += 1) {
      const next = layer === target.layer ? target : add({ key: null, width: LANE, height: 0, layer, isLane: true, x: 0, up: [], down: [] });
      const weight = before.isLane && next.isLane ? 8 : before.isLane || next.isLane ? 2 : isMain ? 3 : 1;
      const link = { from: before, to: next, port, weight };
      links.push(link);
      before.down.push(link);
      next.up.push(link);
      before = next;
      port = 0;
    }
  }
  for (let index = 0; index < layers.length; index += 1) layers[index] ??= [];
  return { layers, links };
}

function reduceCrossings(layers) {
  const number = () => layers.forEach((layer) => layer.forEach((item, index) => (item.index = index)));
  number();
  let best = layers.map((layer) => [...layer]);
  let fewest = crossings(layers);
  for (let sweep = 0; sweep < SWEEPS && fewest > 0; sweep += 1) {
    const isDown = sweep % 2 === 0;
    const sequence = isDown ? layers : [...layers].reverse();
    for (const layer of sequence) {
      for (const item of layer) {
        const places = isDown ? item.up.map((link) => link.from.index + portShare(link)) : item.down.map((link) => link.to.index - portShare(link));
        item.wish = places.length ? places.reduce((sum, one) => sum + one, 0) / places.length : item.index;
      }
      layer.sort((a, b) => a.wish - b.wish || a.index - b.index);
      layer.forEach((item, index) => (item.index = index));
    }
    const count = crossings(layers);
    if (count < fewest) {
      fewest = count;
      best = layers.map((layer) => [...layer]);
    }
  }
  best.forEach((layer, index) => layers.splice(index, 1, layer));
  number();
}

const portShare = (link) => (link.from.width ? link.port / link.from.width : 0) * 0.9;

function crossings(layers) {
  let count = 0;
  for (const layer of layers) {
    const links = layer.flatMap((item) => item.down).map((link) => [link.from.index + portShare(link), link.to.index]);
    for (let a = 0; a < links.length; a += 1) {
      for (let b = a + 1; b < links.length; b += 1) {
        if ((links[a][0] - links[b][0]) * (links[a][1] - links[b][1]) < 0) count += 1;
      }
    }
  }
  return count;
}

/** Each item wishes to stand where its links pull; within a layer the order is kept (pool adjacent violators). */
function placeAcross(layers) {
  for (const layer of layers) settle(layer, layer.map((_, index) => (index - (layer.length - 1) / 2) * 10), layer.map(() => 1));
  for (let sweep = 0; sweep < SWEEPS * 2; sweep += 1) {
    const sequence = sweep % 2 === 0 ? layers : [...layers].reverse();
    for (const layer of sequence) {
      const pulls = layer.map(pullOf);
      settle(layer, pulls.map((pull, index) => pull.wish ?? layer[index].x), pulls.map((pull) => pull.weight));
    }
  }
  straighten(layers);
}

function pullOf(item) {
  let sum = 0;
  let weight = 0;
  for (const link of item.up) {
    sum += link.weight * (link.from.x + link.port);
    weight += link.weight;
  }
  for (const link of item.down) {
    sum += link.weight * (link.to.x - link.port);
    weight += link.weight;
  }
  return weight ? { wish: sum / weight, weight } : { wish: null, weight: 0.1 };
}

const distance = (left, right) => (left.width + right.width) / 2 + GAP_X;

function settle(layer, wishes, weights) {
  const blocks = [];
  let offset = 0;
  layer.forEach((item, index) => {
    if (index) offset += distance(layer[index - 1], item);
    let block = { sum: (wishes[index] - offset) * weights[index], weight: weights[index], items: [[item, offset]] };
    while (blocks.length && blocks.at(-1).sum / blocks.at(-1).weight > block.sum / block.weight) {
      const before = blocks.pop();
      block = { sum: before.sum + block.sum, weight: before.weight + block.weight, items: [...before.items, ...block.items] };
    }
    blocks.push(block);
  });
  for (const block of blocks) for (const [item, own] of block.items) item.x = block.sum / block.weight + own;
}

/** What is nearly in line with its main neighbour above is put in line, where its neighbours beside leave the room. */
function straighten(layers) {
  for (const layer of layers) {
    layer.forEach((item, index) => {
      const main = [...item.up].sort((a, b) => b.weight - a.weight)[0];
      if (!main) return;
      const wish = main.from.x + main.port;
      if (Math.abs(wish - item.x) > 60) return;
      const [left, right] = [layer[index - 1], layer[index + 1]];
      if (left && wish - left.x < distance(left, item)) return;
      if (right && right.x - wish < distance(item, right)) return;
      item.x = wish;
    });
  }
}

function placeDown(layers, links, startKey) {
  const places = {};
  let y = 0;
  layers.forEach((layer, index) => {
    const height = Math.max(0, ...layer.map((item) => item.height));
    for (const item of layer) if (item.key !== null) places[item.key] = { x: Math.round(item.x), y: Math.round(y) };
    const jogs = links.filter((link) => link.from.layer === index && Math.abs(link.from.x + link.port - link.to.x) > 4).length;
    y += height + GAP_Y + Math.min(6, jogs) * JOG;
  });
  const origin = places[startKey] ?? Object.values(places)[0];
  return Object.fromEntries(Object.entries(places).map(([key, place]) => [key, { x: place.x - origin.x, y: place.y - origin.y }]));
}
