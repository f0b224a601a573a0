import { findPart } from "../core/dom.js";
import { awaitOrShowNotice } from "../core/late.js";
import { askWorker } from "../core/worker-link.js";
import { isOpen, listVisits, removeVisit } from "../visit/log.js";
import { forgetTabMemory } from "../visit/tab-memory.js";

/**
 * Show the log of visits: each with its times, as text to copy, and removable.
 *
 * @param {HTMLElement} root
 */
export async function startRecords(root) {
  const labels = readLabels(findPart(root, "[data-labels]"));
  const list = findPart(root, "[data-visits]");
  const template = /** @type {HTMLTemplateElement} */ (findPart(root, "[data-visit-template]"));
  const visits = await awaitOrShowNotice(listVisits(), findPart(root, "[data-unreadable]"));
  if (!visits) return;
  const showEmpty = () => {
    findPart(root, "[data-empty]").hidden = list.childElementCount > 0;
  };
  for (const { visit, events } of visits) {
    const copy = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
    const item = findPart(copy, ".record");
    findPart(item, "[data-started]").textContent = visit.openedAt.replace("T", " ");
    findPart(item, "[data-open]").hidden = !isOpen(visit);
    const lines = events.map(({ at, what }) => `${at.replace("T", " ")}  ${labels.get(what) || what}`);
    for (const line of lines)
      findPart(item, "[data-events]").appendChild(document.createElement("li")).textContent = line;
    connectCopyButton(item, lines.join("\n"));
    connectRemoveButtons(item, visit, showEmpty);
    list.appendChild(item);
  }
  showEmpty();
}

/**
 * @param {HTMLElement} item
 * @param {string} text
 */
function connectCopyButton(item, text) {
  const button = findPart(item, "[data-copy]");
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
    } catch (_error) {
      // It was not allowed: mark the text, so that the person can copy it by hand.
      getSelection()?.selectAllChildren(findPart(item, "[data-events]"));
      return;
    }
    findPart(item, "[data-copied]").hidden = false;
  });
}

/**
 * @param {HTMLElement} item
 * @param {import("../visit/log.js").Visit} visit
 * @param {() => void} done
 */
function connectRemoveButtons(item, visit, done) {
  const yes = findPart(item, "[data-remove-yes]");
  findPart(item, "[data-remove]").addEventListener("click", () => {
    yes.hidden = false;
    yes.focus();
  });
  yes.addEventListener("click", async () => {
    if (!(await awaitOrShowNotice(removeVisit(Number(visit.id)), findPart(item, "[data-remove-failed]")))) return;
    if (isOpen(visit)) {
      forgetTabMemory();
      askWorker({ type: "visit", open: false });
    }
    item.remove();
    done();
  });
}

/**
 * @param {HTMLElement} box - A list of terms and words, put there by the template.
 * @returns {Map<string, string>}
 */
function readLabels(box) {
  const labels = new Map();
  for (const term of Array.from(box.querySelectorAll("dt"))) {
    labels.set(term.textContent, term.nextElementSibling?.textContent || "");
  }
  return labels;
}
