import { findPart, findParts } from "../core/dom.js";
import { awaitOrShowNotice, warnIfLate } from "../core/late.js";
import { eraseEverything, readSettings, writeSettings } from "../core/settings.js";
import { askToPersist, askWorker } from "../core/worker-link.js";
import { forgetTabMemory } from "../visit/tab-memory.js";

/**
 * Start the page where a person enters address and people; all of it stays on the phone.
 *
 * @param {HTMLElement} root
 */
export async function startSettings(root) {
  const form = /** @type {HTMLFormElement} */ (findPart(root, "form[data-settings]"));
  const fields = /** @type {HTMLInputElement[]} */ (findParts(form, "input[name], textarea[name]"));
  const saved = findPart(root, "[data-saved]");
  const failed = findPart(root, "[data-save-failed]");
  /** @type {Set<EventTarget | null>} What was typed before the stored entries were read stays as it is typed. */
  const typed = new Set();
  let isRead = false;
  let inputs = 0;
  form.addEventListener("input", (event) => {
    typed.add(event.target);
    inputs += 1;
    saved.hidden = true;
    findPart(root, "[data-erased]").hidden = true;
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    /** @type {Record<string, string>} */
    const entered = {};
    // A field that still waits for its stored entry is empty: kept as it stands, it would take the entry's place.
    for (const field of fields) if (isRead || typed.has(field)) entered[field.name] = field.value.trim();
    const sent = inputs;
    const showFailed = () => {
      saved.hidden = true;
      failed.hidden = false;
    };
    askToPersist();
    try {
      await warnIfLate(writeSettings(entered), showFailed);
      saved.hidden = sent !== inputs;
      failed.hidden = true;
    } catch (_error) {
      showFailed();
    }
  });
  connectEraseButtons(root, fields);
  for (const box of findParts(root, "[data-keep]")) connectKeepBox(/** @type {HTMLInputElement} */ (box));
  const entered = await awaitOrShowNotice(readSettings(), findPart(root, "[data-unreadable]"));
  if (!entered) return;
  for (const field of fields) if (!typed.has(field)) field.value = entered[field.name] || "";
  isRead = true;
}

/**
 * @param {HTMLElement} root
 * @param {HTMLInputElement[]} fields
 */
function connectEraseButtons(root, fields) {
  const yes = findPart(root, "[data-erase-yes]");
  findPart(root, "[data-erase]").addEventListener("click", () => {
    yes.hidden = false;
    yes.focus();
  });
  yes.addEventListener("click", async () => {
    if (!(await awaitOrShowNotice(eraseEverything(), findPart(root, "[data-erase-failed]")))) return;
    forgetTabMemory();
    askWorker({ type: "visit", open: false });
    for (const field of fields) field.value = "";
    yes.hidden = true;
    findPart(root, "[data-saved]").hidden = true;
    findPart(root, "[data-erased]").hidden = false;
  });
}

/**
 * Let a language be kept on this phone beside the one being read.
 *
 * @param {HTMLInputElement} box
 */
async function connectKeepBox(box) {
  const key = box.dataset.keep || "";
  const item = /** @type {HTMLElement} */ (box.closest("li"));
  const showKeepState = (/** @type {string} */ state) => {
    for (const line of findParts(item, "[data-keep-state]")) line.hidden = line.dataset.keepState !== state;
  };
  let asked = 0;
  box.addEventListener("change", async () => {
    asked += 1;
    const turn = asked;
    if (box.checked) showKeepState("saving");
    askToPersist();
    const answer = await askWorker({ type: box.checked ? "keep" : "forget", key });
    // Ticked again while a download ran: the answer to that tick will say how it is.
    if (turn !== asked) return;
    showKeepState(answer ? answer.state : "failed");
    if (!answer || answer.state === "failed") box.checked = false;
  });
  const answer = await askWorker({ type: "status", key });
  if (answer?.held && !asked) {
    box.checked = true;
    showKeepState(answer.state);
  }
}
