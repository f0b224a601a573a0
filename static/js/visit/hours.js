import { findParts, readAttribute } from "../core/dom.js";
import { isOutsideHours } from "./clock.js";

/**
 * Show at each check of the hour whether it is outside lawful hours now.
 *
 * @param {HTMLElement} root
 * @param {HTMLElement[]} fieldsets
 * @returns {{ check: string, bad: string, visitors: string[] }[]} The checks that the clock answers badly, and of whom.
 */
export function showOutsideHours(root, fieldsets) {
  const failed = [];
  for (const fieldset of fieldsets) {
    const { from, to, days = "", zone = "", visitors = "" } = fieldset.dataset;
    if (!from || !to) continue;
    const check = readAttribute(fieldset, "check");
    const isOutside = isOutsideHours(new Date(), { from, to, days, zone });
    for (const notice of findParts(root, `[data-clock="${check}"]`)) notice.hidden = !isOutside;
    if (isOutside) failed.push({ check, bad: readAttribute(fieldset, "bad"), visitors: visitors.split(" ") });
  }
  return failed;
}
