// What was typed into a message or a note survives an accidental reload. It stays in this tab and goes with it;
// numbers and names of people are never kept.
const KEPT = "textarea[name]";

export function keepDrafts() {
  for (const form of document.querySelectorAll("form[data-keep]")) {
    const key = `anju:${location.pathname}:${form.dataset.keep}`;
    const fields = form.querySelectorAll(KEPT);
    const kept = JSON.parse(sessionStorage.getItem(key) ?? "{}");
    for (const field of fields) {
      if (!field.value && kept[field.name]) field.value = kept[field.name];
    }
    form.addEventListener("input", () => {
      const typed = {};
      for (const field of fields) if (field.value) typed[field.name] = field.value;
      sessionStorage.setItem(key, JSON.stringify(typed));
    });
    form.addEventListener("submit", () => sessionStorage.removeItem(key));
  }
}
