// Small manners of a page.

/** Show what only works with scripts, hide what stands in for it. */
export function revealScripted() {
  document.documentElement.dataset.scripted = "";
  for (const element of document.querySelectorAll("[data-needs-script], [data-copy], [data-open-dialog]")) element.hidden = false;
  for (const element of document.querySelectorAll("[data-hide-with-script]")) element.hidden = true;
  for (const form of document.querySelectorAll("form[data-auto-submit]")) {
    form.addEventListener("change", () => form.requestSubmit());
  }
  for (const input of document.querySelectorAll("[data-select-all]")) input.addEventListener("focus", () => input.select());
}

/** A row of subjects wider than the screen begins where the reader is. */
export function showWhereOneIs() {
  for (const current of document.querySelectorAll(".manage-menu [aria-current]")) {
    const menu = current.parentElement;
    menu.scrollLeft = current.offsetLeft - menu.offsetLeft - (menu.clientWidth - current.offsetWidth) / 2;
  }
}

/** A menu closes when one clicks elsewhere or presses Escape. */
export function closeMenus() {
  const menus = () => document.querySelectorAll("details.account-menu[open]");
  document.addEventListener("click", (event) => {
    for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") for (const menu of menus()) menu.open = false;
  });
}

/** Notes of the page fade by themselves. */
export function showToasts() {
  for (const toast of document.querySelectorAll("[data-toast]")) setTimeout(() => toast.remove(), 5000);
}

/** Say something in passing. */
export function toast(text) {
  const element = document.createElement("div");
  element.className = "toast";
  element.textContent = text;
  document.getElementById("toasts").append(element);
  setTimeout(() => element.remove(), 4000);
}
