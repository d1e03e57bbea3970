// Before publishing: what changes, what stands in the way, which rules lead here, and what becomes of running tickets.
import { ask } from "./asking.js";
import { el, icon } from "./dom.js";
import { t } from "./words.js";

/** The dialog behind the publish button; `saving` is asked to save first. */
export function makePublishing(dialog, saving, { summaryUrl, publishUrl, afterUrl }) {
  const close = () => dialog.close();

  async function open() {
    await saving.save();
    dialog.replaceChildren(el("div", { class: "card-body" }, el("p", { role: "status" }, t("Looking at the draft …"))));
    dialog.showModal();
    try {
      show(await ask("GET", summaryUrl));
    } catch (refused) {
      dialog.replaceChildren(el("div", { class: "card-body stack" }, el("div", { class: "note bad", role: "alert" }, icon("alert"), el("p", {}, refused.message)), foot()));
    }
  }

  const foot = (...buttons) => el("div", { class: "form-foot" }, ...buttons, el("button", { type: "button", class: "button push-right", onclick: close }, t("Back to the drawing")));

  function show(summary) {
    const mayPublish = summary.problems.length === 0 && saving.isSaved;
    const publish = el("button", { type: "button", class: "button primary", disabled: !mayPublish, onclick: send }, icon("check"), t("Publish version %(version)s", { version: summary.version }));
    dialog.replaceChildren(
      el(
        "div",
        { class: "card-body stack publish" },
        el("h2", { tabIndex: -1 }, t("Publish version %(version)s", { version: summary.version })),
        summary.problems.length
          ? part("alert", t("%(count)s problems must be solved first", { count: summary.problems.length }), summary.problems.map((one) => `${one.title}: ${one.message}`), "bad")
          : part("check", t("The check found no problems"), [], "good"),
        part("compare", summary.previous ? t("What differs from version %(version)s", { version: summary.previous }) : t("The first version"), summary.previous ? (summary.differences.length ? summary.differences : [t("Nothing differs.")]) : [t("There is nothing to compare it with.")]),
        part("filter", t("Which tickets take it"), summary.rules.length ? summary.rules : [t("No rule leads here yet. Add one under Process rules.")]),
        part("clock", t("Tickets under way"), [summary.running ? t("%(count)s tickets are under way and finish on the version they began with.", { count: summary.running }) : t("No ticket is under way on an earlier version.")]),
        foot(publish),
      ),
    );
    dialog.querySelector("h2").focus();
  }

  function part(name, title, lines, tone = "") {
    return el("section", { class: `publish-part ${tone}` }, icon(name), el("div", {}, el("h3", {}, title), lines.length ? el("ul", {}, lines.map((line) => el("li", {}, line))) : null));
  }

  async function send(event) {
    event.currentTarget.disabled = true;
    try {
      await ask("POST", publishUrl, { revision: saving.revision });
      window.location.assign(afterUrl);
    } catch (refused) {
      dialog.querySelector(".form-foot").before(el("div", { class: "note bad", role: "alert" }, icon("alert"), el("p", {}, refused.message)));
    }
  }

  return { open };
}
