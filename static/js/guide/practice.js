import { findPart } from "../core/dom.js";
import { startChecklist } from "./checklist.js";
import { Drill } from "./drill.js";

/**
 * Start the checklist and the drill.
 *
 * @param {HTMLElement} root
 */
export async function startPractice(root) {
  if (root.querySelector("[data-drills]")) new Drill(root).start();
  if (root.querySelector("[data-prepare]")) await startChecklist(findPart(root, "#prepare"));
}
