// What stands in the way of publishing, as a list: each line leads to its step on the drawing.
import { el, icon } from "./dom.js";
import { nodeOf, titleOf } from "./model.js";
import { countOfProblems, pick, t } from "./words.js";

/** The list in `host` (a details element with a summary) for `editor`. */
export function makeProblems(host, editor) {
  const summary = host.querySelector("summary");
  const list = el("ul", { class: "problem-list" });
  host.append(list);

  function show() {
    const problems = editor.problems;
    host.classList.toggle("has-problems", problems.length > 0);
    summary.replaceChildren(icon(problems.length ? "alert" : "check"), problems.length ? countOfProblems(problems.length) : t("No problems"));
    list.replaceChildren(
      ...(problems.length
        ? problems.map((problem) => el("li", {}, line(problem)))
        : [el("li", { class: "soft small" }, t("Everything is connected and can run. You may publish."))]),
    );
  }

  function line(problem) {
    const node = problem.node && nodeOf(editor.doc, problem.node);
    const go = () => {
      editor.select(node ? [node.key] : [], { opens: true });
      if (node) {
        editor.canvas.reveal(node.key);
        editor.canvas.groupOf(node.key)?.focus();
      }
    };
    return el("button", { type: "button", onclick: go }, el("span", { class: "strong" }, node ? titleOf(node, pick) : t("Process")), el("span", {}, problem.message));
  }

  editor.heard((what) => what.isCheck && show());
  show();
}
