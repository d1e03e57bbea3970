// Small drawings in the list of processes, and a file chosen into a field.
import { makeCanvas } from "./canvas.js";
import { load } from "./catalogue.js";
import { speak } from "./words.js";

const data = JSON.parse(document.getElementById("drawings-data").textContent);
speak(data.words, data.language);
load(data.catalogue);

for (const svg of document.querySelectorAll("[data-thumbnail]")) {
  const doc = data.drawings[svg.dataset.thumbnail];
  if (!doc?.nodes?.length) continue;
  const canvas = makeCanvas(svg);
  canvas.show(doc);
  canvas.fit(0, 8);
  // A picture is not for tabbing into.
  for (const node of svg.querySelectorAll("[tabindex]")) node.removeAttribute("tabindex");
}

const source = document.querySelector("[data-file-source]");
source?.addEventListener("change", async () => {
  const [file] = source.files;
  if (file) document.querySelector("[data-file-target]").value = await file.text();
});
