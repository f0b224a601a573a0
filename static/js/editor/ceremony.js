import { findPart } from "../core/dom.js";
import { createPasskey, hasPasskeys, usePasskey } from "./passkeys.js";

/**
 * @typedef {import("./passkeys.js").CreationOptions} CreationOptions
 * @typedef {import("./passkeys.js").RequestOptions} RequestOptions
 * @typedef {object} Reply
 * @property {string} ticket - For the second message, in the answer to the first.
 * @property {CreationOptions | RequestOptions} options - The same.
 * @property {string} go - The next page, in the answer to the second.
 */

/** A refusal of the server, in words for the person; `go` is a page where they can do something about it. */
class Refused extends Error {
  /**
   * @param {string} words
   * @param {string} [go]
   */
  constructor(words, go) {
    super(words);
    this.go = go;
  }
}

/** The server said nothing. */
class NoAnswer extends Error {
  name = "NoAnswer";
}

/** What the browser's own refusals are called here; the words stand in the template. */
const SAYS = /** @type {Record<string, string>} */ ({
  NotAllowedError: "cancelled",
  AbortError: "cancelled",
  InvalidStateError: "known",
  SecurityError: "address",
  NoAnswer: "network",
});

/**
 * Run a ceremony when its form is sent: options from the server, the device, the answer to the server, the next page.
 *
 * @param {HTMLElement} form
 */
export function startCeremony(form) {
  const fallback = form.parentElement?.querySelector("[data-no-passkeys]");
  if (!hasPasskeys()) {
    if (fallback instanceof HTMLElement) fallback.hidden = false;
    return;
  }
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    runCeremony(form);
  });
}

/** @param {HTMLElement} form */
async function runCeremony(form) {
  const button = /** @type {HTMLButtonElement} */ (findPart(form, "button"));
  showFormState(form, "busy");
  button.disabled = true;
  try {
    const fields = Object.fromEntries(new FormData(/** @type {HTMLFormElement} */ (form)));
    const begun = await postJson(form.dataset.options || "", fields);
    const { options } = begun;
    const credential = await (form.dataset.kind === "create"
      ? createPasskey(/** @type {CreationOptions} */ (options))
      : usePasskey(/** @type {RequestOptions} */ (options)));
    const next = form.dataset.next || "";
    const done = await postJson(form.dataset.finish || "", { ...fields, next, ticket: begun.ticket, credential });
    location.assign(done.go);
  } catch (error) {
    button.disabled = false;
    if (error instanceof Refused && error.go) location.assign(error.go);
    else showError(form, error);
  }
}

/**
 * @param {string} address
 * @param {Record<string, unknown>} body
 * @returns {Promise<Reply>}
 * @throws {Refused} The server said no.
 * @throws {NoAnswer} It said nothing.
 */
async function postJson(address, body) {
  const token = document.querySelector('meta[name="csrf-token"]');
  const answer = await fetch(address, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/json",
      "X-CSRFToken": token instanceof HTMLMetaElement ? token.content : "",
    },
    body: JSON.stringify(body),
  }).catch((error) => {
    throw new NoAnswer(String(error));
  });
  const found = await answer.json().catch(() => ({}));
  if (answer.ok) return found;
  const here = encodeURIComponent(location.pathname + location.search);
  throw new Refused(`${found.title || answer.status}. ${found.detail || ""}`, found.go && `${found.go}?next=${here}`);
}

/**
 * @param {HTMLElement} form
 * @param {unknown} error
 */
function showError(form, error) {
  const name = error instanceof Error ? error.name : "";
  const template = form.querySelector(`template[data-say="${SAYS[name] || "other"}"]`);
  const words = template instanceof HTMLTemplateElement ? template.content.textContent : "";
  findPart(form, "[data-words]").textContent = error instanceof Refused ? error.message : words;
  showFormState(form, "failed");
}

/**
 * @param {HTMLElement} form
 * @param {"busy" | "failed"} state
 */
function showFormState(form, state) {
  findPart(form, "[data-busy]").hidden = state !== "busy";
  findPart(form, "[data-failed]").hidden = state !== "failed";
}
