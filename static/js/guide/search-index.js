// MiniSearch was considered. Its index cannot be made when a release is published without running JavaScript there, it
// is 6 KB more for every phone, and its way to cut Chinese into words is Intl.Segmenter, which Safari 14.0 and Firefox
// before 125 lack. What twenty topics need is short: the scoring below is BM25F (Robertson and Zaragoza, 2009).

const LIMIT = 200;
const CLOSEST = 3;
const K = 2;
const B = 0.5;
// Title, summary, everyday words, text.
const FIELD_WEIGHTS = [3, 2, 4, 0.2];
// What a word is worth that differs by a slip of the finger.
const SLIP = 0.7;
// A lone character says little beside the pairs it is part of.
const LONE = 0.3;
// The results must account for this share of what was asked, by weight: "my" alone does not answer "my bitcoin".
const COVERED = 0.15;
// Scripts that are written without spaces, or whose words change too much: cut into pairs of characters.
const UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff";
const UNSPACED_RUNS = new RegExp(`[${UNSPACED}]+`, "g");
const IS_UNSPACED = new RegExp(`^[${UNSPACED}]`);

/**
 * Cut a text into terms: words in small letters without accents and apostrophes; of Chinese and its like every
 * character and every pair of neighbours.
 *
 * @param {string} text
 * @returns {string[]}
 */
export function tokenise(text) {
  const plain = text
    .normalize("NFKD")
    .replace(/[\u0300-\u036f'’‘]/g, "")
    .normalize("NFC")
    .toLowerCase();
  /** @type {string[]} */
  const terms = [];
  for (const run of plain.replace(UNSPACED_RUNS, " $& ").match(/[\p{L}\p{M}\p{N}]+/gu) || []) {
    if (IS_UNSPACED.test(run)) {
      for (let at = 0; at < run.length; at++) {
        terms.push(run[at]);
        if (at > 0) terms.push(run.slice(at - 1, at + 1));
      }
    } else terms.push(run);
  }
  return terms;
}

/**
 * @typedef {string[]} Doc - Address, title, summary, everyday words and, where it is known, the text.
 * @typedef {{ docs: Doc[], terms: Map<string, Map<number, number>>, words: string[] }} Index - For each term the documents
 *   that have it, with its weighted frequency there; `words` are the terms of scripts with spaces.
 */

/**
 * @param {Doc[]} docs
 * @returns {Index}
 */
export function buildIndex(docs) {
  /** @type {Map<string, Map<number, number>>} */
  const terms = new Map();
  for (const [field, weight] of FIELD_WEIGHTS.entries()) {
    const cut = docs.map((doc) => tokenise(doc[field + 1] || ""));
    const average = cut.reduce((sum, found) => sum + found.length, 0) / docs.length || 1;
    for (const [number, found] of cut.entries()) {
      const share = weight / (1 - B + (B * found.length) / average);
      for (const term of found) {
        const places = terms.get(term) || new Map();
        terms.set(term, places.set(number, (places.get(number) || 0) + share));
      }
    }
  }
  return { docs, terms, words: Array.from(terms.keys()).filter((term) => !IS_UNSPACED.test(term)) };
}

/**
 * Return how well a word of the index answers one that was typed: the same, begun, or with another ending.
 *
 * @param {string} typed
 * @param {string} word
 * @param {boolean} isLast - The one that may still be on its way.
 * @returns {number} 0 to 1.
 */
function scoreLikeness(typed, word, isLast) {
  if (typed === word) return 1;
  let same = 0;
  while (same < typed.length && typed[same] === word[same]) same += 1;
  const [left, more] = [typed.length - same, word.length - same];
  if (left === 0 && same >= (isLast ? 2 : 4)) return more <= 3 ? 0.7 : 0.4;
  if (same < 4) return 0;
  if (more === 0) return 0.5;
  return left <= 3 && more <= 3 ? 0.5 : 0;
}

/**
 * Return whether two words differ by at most `most` letters added, left out, changed or swapped with their neighbour.
 *
 * @param {string} a
 * @param {string} b
 * @param {number} most
 * @returns {boolean}
 */
export function differByAtMost(a, b, most) {
  if (Math.abs(a.length - b.length) > most) return false;
  /** @type {number[]} */
  let before = [];
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next[j] = Math.min(change, row[j] + 1, next[j - 1] + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        next[j] = Math.min(next[j], before[j - 2] + 1);
    }
    if (Math.min(...next) > most) return false;
    [before, row] = [row, next];
  }
  return row[b.length] <= most;
}

/**
 * Return the terms of the index that answer a typed one, with how well. Slips of the finger count only where nothing
 * else does.
 *
 * @param {Index} index
 * @param {string} typed
 * @param {boolean} isLast
 * @returns {[string, number][]}
 */
function findMatchingTerms(index, typed, isLast) {
  if (IS_UNSPACED.test(typed)) return [[typed, 1]];
  /** @type {[string, number][]} */
  const found = [];
  for (const word of index.words) {
    const value = scoreLikeness(typed, word, isLast);
    if (value > 0) found.push([word, value]);
  }
  const slips = typed.length < 4 ? 0 : typed.length < 8 ? 1 : 2;
  if (found.length || !slips) return found;
  return index.words.filter((word) => differByAtMost(typed, word, slips)).map((word) => [word, SLIP]);
}

/**
 * Return the documents that answer a query.
 *
 * @param {Index} index
 * @param {string} query
 * @returns {Doc[]} The best first; equally good ones in the order of the index. None when nothing fits.
 */
export function findDocs(index, query) {
  const typed = Array.from(new Set(tokenise(query.slice(0, LIMIT))));
  const hasPairs = typed.some((term) => term.length > 1);
  const computeRarity = (/** @type {string} */ term) => {
    const size = index.terms.get(term)?.size || 0;
    return Math.log(1 + (index.docs.length - size + 0.5) / (size + 0.5));
  };
  const scores = index.docs.map((doc) => ({ doc, score: 0, covered: 0 }));
  let asked = 0;
  for (const term of typed) {
    const weight = hasPairs && term.length === 1 ? LONE : 1;
    asked += weight * computeRarity(term);
    // Of several words that answer one typed word the best counts, with its own rarity.
    const best = scores.map(() => ({ gain: 0, most: 0 }));
    for (const [word, value] of findMatchingTerms(index, term, term === typed[typed.length - 1])) {
      const most = weight * value * computeRarity(word);
      for (const [number, share] of index.terms.get(word) || []) {
        const gain = (most * share) / (share + K);
        if (gain > best[number].gain) best[number] = { gain, most };
      }
    }
    for (const [number, { gain, most }] of best.entries()) {
      scores[number].score += gain;
      scores[number].covered += most;
    }
  }
  const fitting = scores.filter(({ score }) => score > 0).sort((a, b) => b.score - a.score);
  return fitting.some(({ covered }) => covered >= asked * COVERED) ? fitting.map(({ doc }) => doc) : [];
}

/**
 * Return the documents that share most with a query in which nothing fits, counted in single characters and pairs of
 * letters.
 *
 * @param {Index} index
 * @param {string} query
 * @returns {Doc[]}
 */
export function findClosestDocs(index, query) {
  const asked = splitIntoGrams(query.slice(0, LIMIT));
  const scores = index.docs.map((doc) => {
    const held = splitIntoGrams(doc.slice(1, 4).join(" "));
    return { doc, score: Array.from(asked).filter((gram) => held.has(gram)).length / Math.sqrt(held.size || 1) };
  });
  const best = scores.sort((a, b) => b.score - a.score).slice(0, CLOSEST);
  return best.map(({ doc }) => doc);
}

/** @param {string} text */
function splitIntoGrams(text) {
  const found = new Set();
  for (const term of tokenise(text)) {
    if (IS_UNSPACED.test(term)) found.add(term);
    else for (let at = 1; at < term.length; at++) found.add(term.slice(at - 1, at + 1));
  }
  return found;
}
