// What stands on the drawing already, found by place: boxes by the column or row a line runs in, lines by their track.
// Asking about one line looks at its neighbourhood only, which is what keeps the routes of a hundred steps quick.

const STRIPE = 32;

/** Boxes by place; `near` gives those that a line may pass within `room`. */
export function makeBoxes(boxes, room) {
  const [columns, rows] = [new Map(), new Map()];
  const [downwards, rightwards] = [[...boxes].sort((a, b) => a.y - b.y), [...boxes].sort((a, b) => a.x - b.x)];
  const tallest = Math.max(0, ...boxes.map((box) => box.height)) + room;
  const widest = Math.max(0, ...boxes.map((box) => box.width)) + room;
  const kept = (tracks, track, find) => {
    if (!tracks.has(track)) tracks.set(track, find());
    return tracks.get(track);
  };
  return {
    near(line) {
      const { x1, x2, y1, y2 } = line;
      if (line.isUpright) {
        const column = kept(columns, x1, () => downwards.filter((box) => x1 > box.x - room && x1 < box.x + box.width + room));
        return column.slice(firstFrom(column, "y", y1 - tallest), firstFrom(column, "y", y2 + room));
      }
      const row = y1 === y2 ? kept(rows, y1, () => rightwards.filter((box) => y1 > box.y - room && y1 < box.y + box.height + room)) : rightwards;
      return row.slice(firstFrom(row, "x", x1 - widest), firstFrom(row, "x", x2 + room));
    },
  };
}

/** The index of the first of `sorted` whose `side` is at least `least`. */
function firstFrom(sorted, side, least) {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle][side] < least) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Lines drawn so far. `beside` are those that run the same way within `gap`, `across` those that may cross a line. */
export function makeLines() {
  const [upright, level] = [new Map(), new Map()];
  const trackOf = (line) => (line.isUpright ? line.x1 : line.y1);
  return {
    add(line) {
      const stripes = line.isUpright ? upright : level;
      const stripe = Math.floor(trackOf(line) / STRIPE);
      const kept = stripes.get(stripe);
      if (kept) kept.push(line);
      else stripes.set(stripe, [line]);
    },
    beside(line, gap) {
      const track = trackOf(line);
      return between(line.isUpright ? upright : level, track - gap, track + gap);
    },
    across(line) {
      return line.isUpright ? between(level, line.y1, line.y2) : between(upright, line.x1, line.x2);
    },
  };
}

function between(stripes, least, most) {
  const [first, last] = [Math.floor(least / STRIPE), Math.floor(most / STRIPE)];
  const found = [];
  // A line across the whole drawing passes more stripes than there are.
  if (last - first > stripes.size) {
    for (const [stripe, lines] of stripes) if (stripe >= first && stripe <= last) found.push(lines);
  } else {
    for (let stripe = first; stripe <= last; stripe += 1) if (stripes.has(stripe)) found.push(stripes.get(stripe));
  }
  return found;
}
