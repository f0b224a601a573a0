import { computeFailureLevel, pickWorse } from "./verdict.js";

/**
 * Read the events of a visit as answers.
 *
 * @param {import("./verdict.js").Check[]} checks
 * @param {string[]} events - Oldest first: `check.ids.no`, `danger.threat` …
 * @param {(danger: string) => string} dangerLevel - What a danger asks for.
 * @returns {{ answers: import("./verdict.js").Answers, worst: string }} The last answer to each check, and the worst
 *   level that any answer or danger has led to: a later answer does not take it back.
 */
export function readAnswers(checks, events, dangerLevel) {
  /** @type {import("./verdict.js").Answers} */
  const answers = {};
  let worst = "start";
  for (const event of events) {
    const [kind, id, answer] = event.split(".");
    if (kind === "check") answers[id] = answer;
    if (kind === "danger") worst = pickWorse(worst, dangerLevel(id));
    worst = pickWorse(worst, computeFailureLevel(checks, answers));
  }
  return { answers, worst };
}
