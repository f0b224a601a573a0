import { findPart } from "../core/dom.js";
import { computeFailureLevel, findWorstFailure } from "./verdict.js";

/**
 * Show a verdict. Where a check that failed led to it, the one next step and the sentence are those of the check.
 *
 * @param {HTMLElement} root
 * @param {string} level
 * @param {import("./verdict.js").Check[]} checks
 * @param {import("./verdict.js").Answers} answers
 */
export function showVerdict(root, level, checks, answers) {
  const box = findPart(root, "[data-verdict]");
  if (box.dataset.verdict !== level) box.dataset.verdict = level;
  const failed = findWorstFailure(checks, answers);
  const panel = findPart(box, `[data-panel="${level}"]`);
  const next = panel.querySelector("[data-next]");
  if (!failed || !(next instanceof HTMLElement) || computeFailureLevel(checks, answers) !== level) return;
  const advice = findPart(root, `[data-check="${failed.id}"] .check__fail`);
  const { textContent } = findPart(advice, "p");
  // The same words again would be read aloud again.
  if (next.textContent !== textContent) next.textContent = textContent;
  const say = advice.querySelector("[data-say]");
  const old = panel.querySelector("[data-say]");
  if (say && old && old.getAttribute("data-say") !== say.getAttribute("data-say")) old.replaceWith(say.cloneNode(true));
}
