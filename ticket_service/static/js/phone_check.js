// Says at once when a mobile number is too short or too long; the server checks again.
const MOBILE = /^1[3-9]\d{9}$/;
const LANDLINE = /^0\d{9,11}$/;
const FOREIGN = /^(\+|00)\d{7,15}$/;

export function start() {
  for (const input of document.querySelectorAll("[data-phone-check]")) {
    const message = input.parentElement.querySelector("[data-phone-error]");
    const check = () => {
      const number = input.value.replace(/[\s()\-–—.]/g, "").replace(/^(\+86|0086)(?=1)/, "");
      const isFine = !number || MOBILE.test(number) || LANDLINE.test(number) || FOREIGN.test(number);
      message.hidden = isFine;
      input.toggleAttribute("aria-invalid", !isFine);
      if (!isFine) input.setAttribute("aria-invalid", "true");
    };
    input.addEventListener("change", check);
    input.addEventListener("input", () => !message.hidden && check());
  }
}
