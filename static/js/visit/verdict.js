/**
 * The verdict over the answers of a visit. A check can fail; it can never prove: no level says that anyone is genuine,
 * and what has failed once is never calm again in the same visit, whatever is answered later.
 */

/** From calm to alarmed. */
export const LEVELS = ["start", "no-warning-yet", "caution", "stop", "police"];

/** @type {Record<string, string>} What a bad answer leads to, by the severity that the pack gives the check. */
const SEVERITIES = { complain: "caution", caution: "caution", stop: "stop", police: "police" };

/**
 * @typedef {{ id: string, bad: string, severity: string }} Check
 * @typedef {Record<string, string>} Answers - By check: `yes`, `no` or `unsure`; nothing when it is not answered.
 */

/**
 * The more alarmed of two levels.
 *
 * @param {string} one
 * @param {string} other
 */
export function pickWorse(one, other) {
  return LEVELS.indexOf(one) >= LEVELS.indexOf(other) ? one : other;
}

/**
 * The level that the failed checks alone ask for; `start` when none failed.
 *
 * @param {Check[]} checks
 * @param {Answers} answers
 */
export function computeFailureLevel(checks, answers) {
  return checks
    .filter((check) => answers[check.id] === check.bad)
    .reduce((level, check) => pickWorse(level, SEVERITIES[check.severity] || "stop"), "start");
}

/**
 * The verdict on these answers.
 *
 * @param {Check[]} checks
 * @param {Answers} answers
 * @param {string} floor - The worst failure so far in this visit (`start` when there was none).
 */
export function computeVerdict(checks, answers, floor) {
  let level = pickWorse(floor, computeFailureLevel(checks, answers));
  for (const check of checks) {
    const answer = answers[check.id];
    if (answer === "unsure") level = pickWorse(level, "caution");
    else if (answer) level = pickWorse(level, "no-warning-yet");
  }
  return level;
}

/**
 * The failed check that the verdict speaks of: the worst one, the first among equals; undefined when none failed.
 *
 * @param {Check[]} checks
 * @param {Answers} answers
 * @returns {Check | undefined}
 */
export function findWorstFailure(checks, answers) {
  const level = computeFailureLevel(checks, answers);
  return checks.find((check) => answers[check.id] === check.bad && (SEVERITIES[check.severity] || "stop") === level);
}
