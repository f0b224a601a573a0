/**
 * The verdict over what a visit has shown. A check can fail; it can never prove: no level says that anyone is genuine,
 * and nothing that comes later makes the same visit calmer.
 */

/** From calm to alarmed. */
export const LEVELS = ["start", "no-warning-yet", "caution", "stop", "police"];

/** @type {Record<string, string>} What a bad answer leads to, by the severity that the pack gives the check. */
const SEVERITIES = { complain: "caution", caution: "caution", stop: "stop", police: "police" };

/** @type {Record<string, string>} What the official number said. That they confirmed it says nothing of the person. */
const CHECKED = { confirmed: "start", "no-answer": "caution", "unknown-to-them": "stop" };

/**
 * @typedef {{ id: string, bad: string, severity: string, kind: string }} Check - `kind`: `check` is asked, `sign` is not.
 * @typedef {Record<string, string>} Answers - By check: `yes`, `no` or `unsure`; nothing when it is not answered.
 */

/**
 * Return the more alarmed of two levels.
 *
 * @param {string} one
 * @param {string} other
 */
export function pickWorseLevel(one, other) {
  return LEVELS.indexOf(one) >= LEVELS.indexOf(other) ? one : other;
}

/**
 * Return what one answer alone asks for; `start` when it is no warning.
 *
 * @param {Check} check
 * @param {string | undefined} answer
 */
export function computeAnswerLevel(check, answer) {
  if (answer === check.bad) return SEVERITIES[check.severity] || "stop";
  return answer === "unsure" ? "caution" : "start";
}

/**
 * Return what the answer of the official number asks for.
 *
 * @param {string} answer - `confirmed`, `no-answer` or `unknown-to-them`.
 */
export function computeCheckedLevel(answer) {
  return CHECKED[answer] || "start";
}

/**
 * Return the verdict: the worst that was seen, and at best “no warning yet”, which needs an answer to every check that is
 * asked.
 *
 * @param {Check[]} checks
 * @param {Answers} answers
 * @param {string} floor - The worst so far in this visit (`start` when there was nothing).
 */
export function computeVerdict(checks, answers, floor) {
  const asked = checks.filter(({ kind }) => kind === "check");
  const isComplete = asked.length > 0 && asked.every(({ id }) => answers[id] !== undefined);
  return checks.reduce(
    (level, check) => pickWorseLevel(level, computeAnswerLevel(check, answers[check.id])),
    pickWorseLevel(floor, isComplete ? "no-warning-yet" : "start"),
  );
}
