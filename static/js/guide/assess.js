import { findPart, findParts } from "../core/dom.js";

/**
 * Return whether a row of the decision table fits. A question that is not answered fits no row that asks for one
 * (server/guidance/checks/decision_table.py decides the same way).
 *
 * @param {Record<string, string[]>} conditions
 * @param {Record<string, string>} answers
 */
export function matchesAnswers(conditions, answers) {
  return Object.keys(conditions).every((question) => conditions[question].includes(answers[question]));
}

/**
 * Read `lender=bank,private;message=none`, as the template writes a row's conditions.
 *
 * @param {string} text
 * @returns {Record<string, string[]>}
 */
export function parseConditions(text) {
  /** @type {Record<string, string[]>} */
  const conditions = {};
  for (const item of text.split(";")) {
    const [question, allowed] = item.split("=");
    if (allowed) conditions[question] = allowed.split(",");
  }
  return conditions;
}

/**
 * “Will they come?”: in each group the first row that fits is shown. Nothing is kept.
 *
 * @param {HTMLElement} root
 */
export async function startAssess(root) {
  const form = root.querySelector("[data-questions]");
  if (!form) return;
  const questions = findParts(root, "[data-question]");
  const outcomes = findPart(root, "[data-outcomes]");
  const first = findPart(root, "[data-answer-first]");
  const showOutcomes = () => {
    /** @type {Record<string, string>} */
    const answers = {};
    for (const question of questions) {
      const input = question.querySelector("input:checked");
      if (input instanceof HTMLInputElement) answers[question.dataset.question || ""] = input.value;
    }
    const complete = Object.keys(answers).length === questions.length;
    first.hidden = complete;
    outcomes.hidden = !complete;
    for (const group of findParts(outcomes, "[data-group]")) {
      const rows = findParts(group, "[data-outcome]");
      const found = rows.find((row) => matchesAnswers(parseConditions(row.dataset.when || ""), answers));
      for (const row of rows) row.hidden = row !== found;
    }
  };
  for (const condition of findParts(outcomes, "[data-condition]")) condition.hidden = true;
  form.addEventListener("change", showOutcomes);
  showOutcomes();
}
