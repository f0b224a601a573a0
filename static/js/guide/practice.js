import { findPart } from "../core/dom.js";
import { startChecklist } from "./checklist.js";
import { Drill } from "./drill.js";

/**
 * The checklist and the drill.
 *
 * @param {HTMLElement} root
 */
export async function startPractice(root) {
  if (root.querySelector("[data-drills]")) new Drill(root).offer();
  if (root.querySelector("[data-prepare]")) await startChecklist(findPart(root, "#prepare"));
}
