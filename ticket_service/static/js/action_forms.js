// Forms of the next step: appointments by one tap, a crew or a technician, a contractor only where one pays.
export function start() {
  for (const group of document.querySelectorAll("[data-window]")) {
    const from = group.querySelector("[name=promised_from]");
    const to = group.querySelector("[name=promised_to]");
    group.addEventListener("change", (event) => {
      const chosen = event.target.dataset;
      if (chosen?.from) [from.value, to.value] = [chosen.from, chosen.to];
      if (event.target === from && from.value && !(to.value > from.value)) to.value = twoHoursAfter(from.value);
    });
  }
  for (const payer of document.querySelectorAll("[data-payer]")) {
    const field = payer.form.querySelector("[data-payer-is]");
    const show = () => {
      field.hidden = payer.value !== field.dataset.payerIs;
      field.querySelector("select").required = !field.hidden;
    };
    payer.addEventListener("change", show);
    show();
  }
}

function twoHoursAfter(local) {
  const [date, time] = local.split("T");
  const [hours, minutes] = time.split(":").map(Number);
  return `${date}T${String(Math.min(hours + 2, 23)).padStart(2, "0")}:${String(minutes).padStart(2, "0")}`;
}
