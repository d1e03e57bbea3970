// Says at once when nobody could be called under a number, by the server's own rule; the server checks again.
export function start() {
  for (const input of document.querySelectorAll("[data-phone-check]")) {
    const rule = new RegExp(input.dataset.phoneCheck);
    const message = input.parentElement.querySelector("[data-phone-error]");
    const fromServer = document.getElementById(`${input.id}-error`);
    const check = () => {
      const number = input.value.normalize("NFKC").replace(/[\s\-–—().·]/g, "");
      const isFine = !number || rule.test(number);
      message.hidden = isFine;
      fromServer?.remove();
      if (isFine) input.removeAttribute("aria-invalid");
      else input.setAttribute("aria-invalid", "true");
    };
    input.addEventListener("change", check);
    input.addEventListener("input", () => input.hasAttribute("aria-invalid") && check());
  }
}
