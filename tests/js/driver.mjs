// Answers calls of the page's own modules, one JSON line each: `["computeVerdict", checks, answers, floor]`.
import { createInterface } from "node:readline";
import { matchesAnswers, parseConditions } from "../../static/js/guide/assess.js";
import { compareMarks } from "../../static/js/guide/changes.js";
import { buildIndex, findClosestDocs, differByAtMost, findDocs, tokenise } from "../../static/js/guide/search-index.js";
import { readAnswers } from "../../static/js/visit/answers.js";
import { isOutsideHours, formatLocalTimestamp } from "../../static/js/visit/clock.js";
import { isOpen } from "../../static/js/visit/log.js";
import { chooseVoice, normaliseTag } from "../../static/js/visit/voices.js";
import { LEVELS, computeAnswerLevel, computeVerdict, pickWorseLevel } from "../../static/js/visit/verdict.js";

const ANSWERS = [undefined, "yes", "no", "unsure"];

/** Every combination of answers, the last check turning fastest: a digit for the level of each. */
function everyCombination(checks) {
  let levels = "";
  const turn = (answers, at) => {
    if (at === checks.length) {
      levels += LEVELS.indexOf(computeVerdict(checks, answers, "start"));
      return;
    }
    for (const answer of ANSWERS) turn(answer ? { ...answers, [checks[at].id]: answer } : answers, at + 1);
  };
  turn({}, 0);
  return levels;
}

/** What the screen makes of events, in this order: after each the level, its reason, and whether one was corrected. */
function afterEach(checks, events, tapLevels) {
  return events.map((_event, number) => {
    const reading = readAnswers(checks, events.slice(0, number + 1), (kind, id) => tapLevels[`${kind}.${id}`]);
    const { reason, isCorrected, checked } = reading;
    return { level: computeVerdict(checks, reading.answers, reading.worst), reason, isCorrected, checked };
  });
}

/** For each combination of answers the row that each group shows: its number, null where none fits. */
function decideEach(groups, combinations) {
  return combinations.map((answers) =>
    groups.map((rows) => {
      const found = rows.findIndex((when) => matchesAnswers(parseConditions(when), answers));
      return found < 0 ? null : found;
    }),
  );
}

let index = buildIndex([]);

/** The addresses that a question leads to, the closest ones when nothing fits, and how long each took. */
function ask(query) {
  const startedMs = performance.now();
  const found = findDocs(index, query).map((doc) => doc[0]);
  const tookMs = performance.now() - startedMs;
  return { found, closest: findClosestDocs(index, query).map((doc) => doc[0]), tookMs };
}

const calls = {
  compareMarks,
  decideEach,
  parseConditions,
  tokenise,
  differByAtMost,
  ask,
  index: (docs) => {
    const startedMs = performance.now();
    index = buildIndex(docs);
    return performance.now() - startedMs;
  },
  levels: () => LEVELS,
  everyCombination,
  afterEach,
  computeAnswerLevel,
  chooseVoice: (voices, wanted) => chooseVoice(voices, wanted) || null,
  normaliseTag,
  pickWorseLevel,
  isOpenAfter: (elapsedMs) => isOpen({ closedAt: null, openedMs: Date.now() - elapsedMs }),
  outside: (ms, hours) => isOutsideHours(new Date(ms), hours),
  timestamp: (ms) => formatLocalTimestamp(new Date(ms)),
  zone: (name) => {
    process.env.TZ = name;
    return true;
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const [name, ...values] = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(calls[name](...values))}\n`);
}
