// What stands on the drawing already, found by place: boxes in squares, lines by the track they run on. Asking about one
// line looks at its neighbourhood only, which is what keeps the routes of a hundred steps quick.

const SQUARE = 160;
const STRIPE = 32;
const ROWS = 100_003;

/** Boxes by place; `near` gives each box that a rectangle may touch, once, in a list that the next question reuses. */
export function makeBoxes(boxes) {
  const squares = new Map();
  const found = [];
  let asked = 0;
  const squareOf = (value) => Math.floor(value / SQUARE);
  for (const box of boxes) {
    const kept = { box, asked };
    for (let x = squareOf(box.x); x <= squareOf(box.x + box.width); x += 1) {
      for (let y = squareOf(box.y); y <= squareOf(box.y + box.height); y += 1) {
        const square = squares.get(x * ROWS + y);
        if (square) square.push(kept);
        else squares.set(x * ROWS + y, [kept]);
      }
    }
  }
  return {
    near(x1, y1, x2, y2) {
      asked += 1;
      found.length = 0;
      const [right, top, bottom] = [squareOf(x2), squareOf(y1), squareOf(y2)];
      for (let x = squareOf(x1); x <= right; x += 1) {
        for (let y = top; y <= bottom; y += 1) {
          const square = squares.get(x * ROWS + y);
          if (!square) continue;
          for (const kept of square) {
            if (kept.asked === asked) continue;
            kept.asked = asked;
            found.push(kept.box);
          }
        }
      }
      return found;
    },
  };
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
