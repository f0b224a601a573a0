import { computeAnswerLevel, computeCheckedLevel, pickWorseLevel } from "./verdict.js";

/**
 * @typedef {{ kind: string, id: string, answer: string, level: string }} Reason - `kind`: `check`, `tile`, `danger` or
 *   `checked`.
 * @typedef {object} Reading
 * @property {import("./verdict.js").Answers} answers - The last answer to each check.
 * @property {string} checked - What the official number said last, or empty.
 * @property {string} worst - The worst level so far: what comes later does not take it back.
 * @property {Reason | null} reason - What has led to it; the latest among equals.
 * @property {boolean} isCorrected - An answer that was a warning was changed to one that is none.
 */

/**
 * Read the events of a visit.
 *
 * @param {import("./verdict.js").Check[]} checks
 * @param {string[]} events - Oldest first: `check.ids.no`, `danger.threat`, `tile.scan`, `checked.no-answer` …
 * @param {(kind: string, id: string) => string} findTapLevel - What a danger or tile asks for.
 * @returns {Reading}
 */
export function readAnswers(checks, events, findTapLevel) {
  /** @type {Reading} */
  const reading = { answers: {}, checked: "", worst: "start", reason: null, isCorrected: false };
  for (const event of events) {
    const [kind, id, answer = ""] = event.split(".");
    const level = computeEventLevel(checks, kind, id, answer, findTapLevel);
    if (kind === "check") {
      const check = checks.find((one) => one.id === id);
      const before = check ? computeAnswerLevel(check, reading.answers[id]) : "start";
      if (pickWorseLevel(level, before) !== level) reading.isCorrected = true;
      reading.answers[id] = answer;
    }
    if (kind === "checked") reading.checked = id;
    if (level === "start" || pickWorseLevel(level, reading.worst) !== level) continue;
    reading.worst = level;
    reading.reason = { kind, id, answer, level };
  }
  return reading;
}

/**
 * @param {import("./verdict.js").Check[]} checks
 * @param {string} kind
 * @param {string} id
 * @param {string} answer
 * @param {(kind: string, id: string) => string} findTapLevel
 */
function computeEventLevel(checks, kind, id, answer, findTapLevel) {
  if (kind === "danger" || kind === "tile") return findTapLevel(kind, id);
  if (kind === "checked") return computeCheckedLevel(id);
  if (kind !== "check") return "start";
  const check = checks.find((one) => one.id === id);
  if (check) return computeAnswerLevel(check, answer);
  // A sign that an earlier release asked about: its “yes” was the warning.
  if (answer === "unsure") return "caution";
  return answer === "yes" ? findTapLevel("tile", id) : "start";
}
