// Category, component and defect narrow one another; a defect proposes its usual severity.
export function start() {
  for (const group of document.querySelectorAll("[data-taxonomy]")) startGroup(group);
}

function startGroup(group) {
  const [category, component, defect] = ["category", "component", "defect"].map((name) => group.querySelector(`[name=${name}]`));
  const all = new Map([component, defect].map((select) => [select, [...select.querySelectorAll("option[data-parent]")]]));

  const narrow = (select, parent) => {
    const chosen = select.value;
    for (const group of select.querySelectorAll("optgroup")) group.remove();
    for (const option of select.querySelectorAll("option[data-parent]")) option.remove();
    select.append(...all.get(select).filter((option) => option.dataset.parent === parent));
    select.value = [...select.options].some((option) => option.value === chosen) ? chosen : "";
    select.disabled = !parent;
  };
  const narrowAll = () => {
    narrow(component, category.value);
    narrow(defect, component.value);
  };

  category.addEventListener("change", narrowAll);
  component.addEventListener("change", narrowAll);
  defect.addEventListener("change", () => {
    const severity = defect.selectedOptions[0]?.dataset.severity;
    const choice = severity && document.querySelector(`[data-severity-choice] [value=${severity}]`);
    if (choice) choice.checked = true;
    const title = document.getElementById("title");
    if (title && defect.value && (!title.value || title.dataset.proposed === title.value)) {
      const part = component.selectedOptions[0].text;
      const fault = defect.selectedOptions[0].text;
      title.value = title.dataset.proposed = fault.includes(part) ? fault : `${part} · ${fault}`;
    }
  });
  narrowAll();
}
