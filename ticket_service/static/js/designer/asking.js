// Asking the service: JSON there and back, and a refusal as an error with the service's own sentence.
import { spoken, t } from "./words.js";

/** A refusal of the service: `status`, the stable `code`, and all it said. */
export class Refused extends Error {
  constructor(status, said) {
    super(said.detail ?? t("The service does not answer. Try again in a moment."));
    this.status = status;
    this.code = said.code ?? "";
    this.said = said;
  }
}

/** What the service answers; raises Refused. */
export async function ask(method, url, body) {
  let answer;
  try {
    answer = await fetch(url, {
      method,
      headers: { Accept: "application/json", "Accept-Language": spoken(), ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Refused(0, { detail: t("There is no connection right now. What you did is kept on this page.") });
  }
  const said = answer.status === 204 ? {} : await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(answer.status, said);
  return said;
}
