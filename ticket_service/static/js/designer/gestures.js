// Mouse, pen and fingers on the drawing: select, move, connect, draw a frame, pan and pinch.
import { draw } from "./cards.js";

const SLACK = 4;

/** Let people work on `editor`'s drawing; `offerNodes(client, chosen)` asks what shall stand where a line was let go. */
export function listenToPointers(editor, { offerNodes }) {
  const { canvas } = editor;
  const { svg } = canvas;
  const pointers = new Map();
  let deed = null;

  svg.addEventListener("pointerdown", (event) => {
    if (event.button > 1) return;
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    svg.setPointerCapture(event.pointerId);
    if (pointers.size === 2) {
      deed?.cancel?.();
      deed = pinch();
      return;
    }
    deed = begin(event);
  });

  svg.addEventListener("pointermove", (event) => {
    if (!pointers.has(event.pointerId)) return;
    const before = pointers.get(event.pointerId);
    pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    deed?.move?.(event, { dx: event.clientX - before.x, dy: event.clientY - before.y });
  });

  for (const name of ["pointerup", "pointercancel"]) {
    svg.addEventListener(name, (event) => {
      if (!pointers.delete(event.pointerId)) return;
      if (name === "pointerup") deed?.end?.(event);
      else deed?.cancel?.();
      deed = null;
      svg.classList.remove("is-panning");
    });
  }

  svg.addEventListener("wheel", (event) => {
    event.preventDefault();
    if (event.shiftKey) canvas.pan(-event.deltaY - event.deltaX, 0);
    else canvas.zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015)), event.clientX, event.clientY);
  }, { passive: false });

  svg.addEventListener("dblclick", (event) => {
    const node = event.target.closest(".node");
    if (node) editor.openPanel();
  });

  function begin(event) {
    const target = event.target;
    const port = target.closest?.(".port");
    const node = target.closest?.(".node");
    if (event.button === 1) return pan();
    if (port && node && !editor.isReadOnly) return connect(event, node.dataset.key, port.dataset.slot);
    if (node) return moveNodes(event, node.dataset.key);
    const edge = target.closest?.(".edge");
    if (edge && !editor.isReadOnly) return { ...pan(), end: (up) => !moved(event, up) && editor.selectEdge(edge.dataset.edge) };
    if (event.shiftKey && !editor.isReadOnly) return marquee(event);
    return { ...pan(), end: (up) => !moved(event, up) && editor.select([], { opens: false }) };
  }

  const moved = (a, b) => Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY) > SLACK;

  function pan() {
    return {
      move: (_event, { dx, dy }) => {
        svg.classList.add("is-panning");
        canvas.pan(dx, dy);
      },
    };
  }

  function pinch() {
    const points = () => [...pointers.values()];
    const spread = () => Math.hypot(points()[0].x - points()[1].x, points()[0].y - points()[1].y) || 1;
    const middle = () => ({ x: (points()[0].x + points()[1].x) / 2, y: (points()[0].y + points()[1].y) / 2 });
    let [wide, centre] = [spread(), middle()];
    return {
      move: () => {
        if (pointers.size < 2) return;
        const [now, here] = [spread(), middle()];
        canvas.pan(here.x - centre.x, here.y - centre.y);
        canvas.zoom(now / wide, here.x, here.y);
        [wide, centre] = [now, here];
      },
    };
  }

  function moveNodes(down, key) {
    const isAdding = down.shiftKey || down.ctrlKey || down.metaKey;
    const wasSelected = editor.selection.has(key);
    if (!wasSelected || isAdding) editor.select([key], { adds: isAdding });
    if (editor.isReadOnly) return { ...pan(), end: (up) => !moved(down, up) && editor.openPanel() };
    const keys = [...editor.selection];
    const first = { ...canvas.state.places };
    const moving = new Set(keys);
    let places = null;
    let frame = null;
    // However often the pointer tells of itself, the drawing follows once a frame.
    const follow = () => {
      frame = null;
      editor.redraw({ moved: { ...first, ...places }, moving });
    };
    const still = () => cancelAnimationFrame(frame);
    return {
      move: (event) => {
        if (!places && !moved(down, event)) return;
        const [dx, dy] = [(event.clientX - down.clientX) / canvas.view.scale, (event.clientY - down.clientY) / canvas.view.scale];
        places = Object.fromEntries(keys.map((one) => [one, { x: Math.round(first[one].x + dx), y: Math.round(first[one].y + dy) }]));
        frame ??= requestAnimationFrame(follow);
      },
      end: (up) => {
        still();
        if (places) editor.move(places);
        else if (!isAdding) {
          if (wasSelected && editor.selection.size > 1) editor.select([key]);
          if (!moved(down, up)) editor.openPanel();
        }
      },
      cancel: () => {
        still();
        editor.redraw();
      },
    };
  }

  function connect(down, key, slotText) {
    const slot = slotText === "new" ? null : JSON.parse(slotText);
    const box = canvas.state.boxes.get(key);
    const start = canvas.toWorld(down.clientX, down.clientY);
    const from = { x: start.x, y: box.y + box.height };
    const line = draw("path", { class: "drawn-line" });
    let target = null;
    let isDrawn = false;
    const clear = () => {
      line.remove();
      canvas.groupOf(target)?.classList.remove("is-target");
    };
    return {
      move: (event) => {
        if (!isDrawn && !moved(down, event)) return;
        if (!isDrawn) canvas.topLayer.append(line);
        isDrawn = true;
        const point = canvas.toWorld(event.clientX, event.clientY);
        const bend = Math.max(30, Math.abs(point.y - from.y) / 2);
        line.setAttribute("d", `M${from.x} ${from.y}C${from.x} ${from.y + bend} ${point.x} ${point.y - bend} ${point.x} ${point.y}`);
        const over = canvas.nodeAt(point, 8);
        if (over !== target) {
          canvas.groupOf(target)?.classList.remove("is-target");
          canvas.groupOf(over)?.classList.add("is-target");
          target = over;
        }
      },
      end: (event) => {
        clear();
        if (!isDrawn) {
          editor.select([key]);
          editor.openPanel();
        } else if (target && target !== key) editor.connect(key, slot, target);
        else if (!target) {
          const point = canvas.toWorld(event.clientX, event.clientY);
          offerNodes(event, (name) => editor.insert(name, { from: { key, slot }, point }));
        }
      },
      cancel: clear,
    };
  }

  function marquee(down) {
    const from = canvas.toWorld(down.clientX, down.clientY);
    const frame = draw("rect", { class: "marquee" });
    canvas.topLayer.append(frame);
    let area = null;
    return {
      move: (event) => {
        const to = canvas.toWorld(event.clientX, event.clientY);
        area = { x: Math.min(from.x, to.x), y: Math.min(from.y, to.y), width: Math.abs(to.x - from.x), height: Math.abs(to.y - from.y) };
        for (const [name, value] of Object.entries(area)) frame.setAttribute(name, value);
      },
      end: () => {
        frame.remove();
        if (!area) return;
        const inside = [...canvas.state.boxes].filter(([, box]) => box.x < area.x + area.width && box.x + box.width > area.x && box.y < area.y + area.height && box.y + box.height > area.y);
        editor.select(inside.map(([key]) => key));
      },
      cancel: () => frame.remove(),
    };
  }
}
