// Chosen photos as thumbnails that can be taken back, and made smaller before they travel over a mobile network.
const LONGEST_SIDE = 2000;
const SMALL_ENOUGH = 700_000;

export function photoPickers() {
  for (const picker of document.querySelectorAll("[data-photo-picker]")) startPicker(picker);
}

function startPicker(picker) {
  const input = picker.querySelector("input[type=file]");
  const add = picker.querySelector(".photo-add");
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
      show();
    })));
  };

  input.addEventListener("change", async () => {
    const fresh = await Promise.all([...input.files].map(smaller));
    chosen = [...chosen, ...fresh];
    show();
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
