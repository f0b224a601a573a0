/**
 * @typedef {{ severity: string, text: string, line: number }} Message
 * @typedef {object} Body - What the desk answers; which fields there are depends on the kind of answer.
 * @property {string} [state]
 * @property {string} [code]
 * @property {string} [title]
 * @property {string} [detail]
 * @property {number} [head]
 * @property {string} [at]
 * @property {string} [by]
 * @property {string[]} [here]
 * @property {Record<string, Message[]>} [messages]
 * @property {import("./form-errors.js").FormError[]} [errors]
 *
 * @typedef {{ kind: string, body: Body }} Answer - `kind` is saved, unreadable, refused, conflict, offline, signed-out,
 *   not-yours, failed, or "other" for an answer that is about nothing saved
 */

/** The token of the session, and whose form it is: the desk refuses it when somebody else is signed in meanwhile. */
const OF_EVERY_FORM = ["csrf_token", "whose"];

/**
 * Send a form as a script does.
 *
 * @param {HTMLFormElement} form
 * @param {Record<string, string>} more - fields to add
 * @param {string} [address] - by default the form's own
 * @param {string[]} [only] - send only these fields of the form, and those of every form
 * @returns {Promise<Answer>}
 */
export async function sendForm(form, more, address = getFormAddress(form), only) {
  const answer = await sendFormOnce(form, more, address, only);
  if (answer.body.code !== "stale-form") return answer;
  // This person signed in again in another tab: forms of the new session have another token.
  return (await renewCsrfToken(form)) ? sendFormOnce(form, more, address, only) : answer;
}

/**
 * Where a form is sent to. Not `form.action`: that is one of its buttons, which are called so.
 *
 * @param {HTMLFormElement} form
 */
export function getFormAddress(form) {
  return form.getAttribute("action") || location.href;
}

/**
 * @param {HTMLFormElement} form
 * @param {Record<string, string>} more
 * @param {string} address
 * @param {string[]} [only]
 * @returns {Promise<Answer>}
 */
async function sendFormOnce(form, more, address, only) {
  const data = new FormData(form);
  for (const name of only ? Array.from(data.keys()) : []) {
    if (!OF_EVERY_FORM.includes(name) && !only?.includes(name)) data.delete(name);
  }
  for (const [name, value] of Object.entries(more)) data.set(name, value);
  try {
    const answer = await fetch(address, { method: "POST", body: data, headers: { Accept: "application/json" } });
    const body = await answer.json();
    return { kind: classifyAnswer(answer, body), body };
  } catch {
    // No network, no server, or an answer of something between that is not ours.
    return { kind: "offline", body: {} };
  }
}

/**
 * @param {Response} answer
 * @param {Body} body
 */
function classifyAnswer(answer, body) {
  if (body.state) return String(body.state);
  if (answer.ok) return "other";
  if (body.code === "not-your-form") return "not-yours";
  if (body.code === "sign-in-needed" || body.code === "stale-form") return "signed-out";
  return "failed";
}

/** @param {HTMLFormElement} form */
async function renewCsrfToken(form) {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const token = page.querySelector('meta[name="csrf-token"]')?.getAttribute("content");
    const field = form.elements.namedItem("csrf_token");
    if (!answer.ok || !token || !(field instanceof HTMLInputElement) || answer.redirected) return false;
    field.value = token;
    return true;
  } catch {
    return false;
  }
}
