// Chosen photos as thumbnails that can be taken back, and made smaller before they travel over a mobile network.
const LONGEST_SIDE = 2000;
const SMALL_ENOUGH = 700_000;

// Forms whose photos are still being made smaller, each with what it waits for.
const waiting = new Map();

export function photoPickers() {
  for (const picker of document.querySelectorAll("[data-photo-picker]")) startPicker(picker);
  // Before anything else hears of it: a form goes off when its photos are ready.
  document.addEventListener("submit", sendWhenReady, true);
}

async function sendWhenReady(event) {
  const form = event.target;
  if (!waiting.has(form)) return;
  event.preventDefault();
  event.stopPropagation();
  if (form.dataset.waits) return;
  form.dataset.waits = "yes";
  while (waiting.has(form)) await waiting.get(form);
  delete form.dataset.waits;
  form.requestSubmit(event.submitter);
}

function startPicker(picker) {
  const input = picker.querySelector("input[type=file]");
  const add = picker.querySelector(".photo-add");
  const note = (name) => picker.querySelector(`[data-photo-${name}]`);
  const most = Number(picker.dataset.most);
  let chosen = [];

  const show = () => {
    const transfer = new DataTransfer();
    for (const file of chosen) transfer.items.add(file);
    input.files = transfer.files;
    for (const tile of picker.querySelectorAll(".photo-tile")) {
      URL.revokeObjectURL(tile.firstChild.src);
      tile.remove();
    }
    chosen.forEach((file, index) => add.before(tileOf(file, () => {
      chosen = chosen.filter((_, other) => other !== index);
      note("too-many").hidden = true;
      show();
    })));
  };

  const take = async (files) => {
    note("busy").hidden = false;
    const fresh = await Promise.all(files.map(smaller));
    const large = fresh.filter((file) => file.size > Number(picker.dataset.largest));
    note("too-large").hidden = !large.length;
    note("too-large").querySelector("[data-photo-name]").textContent = large.map((file) => file.name).join(", ");
    const together = [...chosen, ...fresh.filter((file) => !large.includes(file))];
    note("too-many").hidden = together.length <= most;
    chosen = together.slice(0, most);
    picker.parentElement.querySelector("[data-photo-error]")?.remove();
    show();
    note("busy").hidden = true;
  };

  const hear = () => {
    const files = [...input.files];
    const earlier = waiting.get(input.form);
    const work = Promise.resolve(earlier).then(() => take(files)).finally(() => {
      if (waiting.get(input.form) === work) waiting.delete(input.form);
    });
    waiting.set(input.form, work);
  };
  input.addEventListener("change", hear);
  // A browser that goes back may still hold the files, and shows nothing of them.
  window.addEventListener("pageshow", () => {
    if (input.files.length && !chosen.length && !waiting.has(input.form)) hear();
  });
}

function tileOf(file, remove) {
  const tile = document.createElement("div");
  tile.className = "photo-tile";
  const image = document.createElement("img");
  image.src = URL.createObjectURL(file);
  image.alt = file.name;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "×";
  button.setAttribute("aria-label", `× ${file.name}`);
  button.addEventListener("click", remove);
  tile.append(image, button);
  return tile;
}

async function smaller(file) {
  if (!file.type.startsWith("image/") || file.size <= SMALL_ENOUGH) return file;
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST_SIDE / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
    if (!blob || blob.size >= file.size) return file;
    return new File([blob], file.name.replace(/\.\w+$/, ".jpg"), { type: "image/jpeg" });
  } catch {
    return file; // A format this browser cannot read; the server may know it.
  }
}
