// A signature by finger, pen or mouse: drawn on a canvas, sent as a small picture in a hidden field.
const WIDTH = 600;
const HEIGHT = 200;

export function startSignatures(form) {
  for (const pad of form.querySelectorAll("[data-signature]")) startPad(pad);
}

function startPad(pad) {
  const canvas = pad.querySelector("canvas");
  const field = pad.querySelector("input");
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const pen = canvas.getContext("2d");
  Object.assign(pen, { lineWidth: 4, lineCap: "round", lineJoin: "round", strokeStyle: "#14211d" });
  let last = null;
  let length = 0;

  const placeOf = (event) => {
    const box = canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * WIDTH, ((event.clientY - box.top) / box.height) * HEIGHT];
  };
  const keep = () => {
    // A single tap is no signature.
    field.value = length > 40 ? canvas.toDataURL("image/png") : "";
    field.dispatchEvent(new Event("change", { bubbles: true }));
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    last = placeOf(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!last) return;
    const next = placeOf(event);
    pen.beginPath();
    pen.moveTo(...last);
    pen.lineTo(...next);
    pen.stroke();
    length += Math.hypot(next[0] - last[0], next[1] - last[1]);
    last = next;
  });
  for (const end of ["pointerup", "pointercancel"]) {
    canvas.addEventListener(end, () => {
      if (last) keep();
      last = null;
    });
  }
  pad.querySelector("[data-clear]").addEventListener("click", () => {
    pen.clearRect(0, 0, WIDTH, HEIGHT);
    length = 0;
    keep();
  });
}
