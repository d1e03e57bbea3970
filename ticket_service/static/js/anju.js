// Every page loads this; what a page does not have is simply not found. Nothing here is needed to get work done.
import { confirmOnce } from "./once.js";
import { copyButtons } from "./copying.js";
import { keepDrafts } from "./drafts.js";
import { photoPickers } from "./photos.js";
import { photoViewer } from "./viewer.js";
import { shortcuts } from "./shortcuts.js";
import { rememberQueue } from "./way_back.js";
import { closeMenus, revealScripted, showToasts, showWhereOneIs } from "./page.js";

revealScripted();
showWhereOneIs();
confirmOnce();
keepDrafts();
copyButtons();
photoPickers();
photoViewer();
shortcuts();
rememberQueue();
closeMenus();
showToasts();

const onDemand = {
  "[data-designed-form]": "./forms/form_page.js",
  "[data-form-designer]": "./forms/designer.js",
  "[data-link-place]": "./forms/link_place.js",
  "[data-place]": "./places.js",
  "[data-taxonomy]": "./taxonomy.js",
  "[data-caller-phone]": "./caller.js",
  "[data-phone-check]": "./phone_check.js",
  "[data-queue], [data-fresh]": "./queue.js",
  "[data-window], [data-people], [data-payer]": "./action_forms.js",
};
for (const [selector, module] of Object.entries(onDemand)) {
  if (document.querySelector(selector)) import(module).then((loaded) => loaded.start());
}
