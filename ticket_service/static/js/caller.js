// Who is calling: homes and open tickets of a number, as soon as it is complete; and open tickets of the chosen home.
const COMPLETE = /^(\+?86)?1[3-9]\d{9}$|^0\d{9,11}$/;

export function start() {
  const form = document.querySelector("[data-new-ticket]");
  const phone = form.querySelector("[data-caller-phone]");
  const started = form.elements.call_started_at;
  let asked = "";

  phone.addEventListener("input", () => {
    if (!started.value && phone.value) started.value = new Date().toISOString();
    const number = phone.value.replace(/[\s()\-–—.]/g, "");
    if (COMPLETE.test(number) && number !== asked) {
      asked = number;
      showCaller(form, number);
    }
  });
  if (phone.value) phone.dispatchEvent(new Event("input"));
  form.addEventListener("place", () => showHome(form));
}

async function showCaller(form, number) {
  const answer = await fetch("/desk/new/caller", { method: "POST", body: new URLSearchParams({ phone: number }) });
  if (!answer.ok) return;
  const result = form.querySelector("[data-caller-result]");
  result.innerHTML = await answer.text(); // Our own template, escaped on the server.
  for (const button of result.querySelectorAll("[data-choose-home]")) {
    button.addEventListener("click", () => chooseHome(form, button.dataset));
  }
  const only = result.querySelectorAll("[data-choose-home]");
  if (only.length === 1 && !form.elements.home.value) chooseHome(form, only[0].dataset);
}

function chooseHome(form, home) {
  form.querySelector("[data-place]").dispatchEvent(
    new CustomEvent("choose-place", { detail: { project: home.project, building: home.building, home: home.home } }),
  );
}

async function showHome(form) {
  const target = form.querySelector("[data-duplicates]");
  const spaces = form.elements.space;
  const home = form.elements.home.value;
  const wanted = home ? { home } : { project: form.elements.project.value, building: form.elements.building.value };
  const answer = await fetch(`/desk/new/place?${new URLSearchParams(wanted)}`);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  spaces.length = 1;
  for (const option of page.querySelectorAll("option")) spaces.add(new Option(option.textContent, option.value));
  target.replaceChildren(...page.querySelectorAll("[data-open-tickets]"));
}
