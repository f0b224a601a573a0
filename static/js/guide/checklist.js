import { findPart, findParts, readAttribute } from "../core/dom.js";
import { awaitOrShowNotice, warnIfLate } from "../core/late.js";
import { readSettings, writeSettings } from "../core/settings.js";

/**
 * Start the checklist, whose ticks stay on the phone.
 *
 * @param {HTMLElement} root
 */
export async function startChecklist(root) {
  const boxes = /** @type {HTMLInputElement[]} */ (findParts(root, "[data-prepare]"));
  const failed = findPart(root, "[data-tick-failed]");
  /** @type {Set<HTMLInputElement>} What was ticked before the stored ticks were read stays as it was ticked. */
  const touched = new Set();
  for (const box of boxes) {
    box.addEventListener("change", () => {
      touched.add(box);
      storeTick(box, failed);
    });
  }
  const entered = await awaitOrShowNotice(readSettings(), findPart(root, "[data-unreadable]"));
  if (!entered) return;
  for (const box of boxes) if (!touched.has(box)) box.checked = entered[buildTickName(box)] === "yes";
}

/**
 * Return the name under which a tick is stored.
 *
 * @param {HTMLInputElement} box
 */
function buildTickName(box) {
  return `prepare.${readAttribute(box, "prepare")}`;
}

/**
 * @param {HTMLInputElement} box
 * @param {HTMLElement} failed
 */
async function storeTick(box, failed) {
  const isTicked = box.checked;
  const showFailed = () => {
    failed.hidden = false;
  };
  try {
    await warnIfLate(writeSettings({ [buildTickName(box)]: isTicked ? "yes" : "" }), showFailed);
    failed.hidden = true;
  } catch (_error) {
    showFailed();
    if (box.checked === isTicked) box.checked = !isTicked;
  }
}
