import { findPart, findParts } from "../core/dom.js";

/** @type {WeakMap<HTMLElement, Node[]>} What the template put into each panel. */
const ORIGINALS = new WeakMap();

/**
 * Show a verdict: the one next step and the one sentence are those of what has led to it.
 *
 * @param {HTMLElement} root
 * @param {string} level
 * @param {import("./answers.js").Reading} reading
 */
export function showVerdict(root, level, { reason, checked }) {
  const box = findPart(root, "[data-verdict]");
  if (box.dataset.verdict !== level) box.dataset.verdict = level;
  const panel = findPart(box, `[data-panel="${level}"]`);
  const isConfirmed = level === "no-warning-yet" && checked === "confirmed";
  const source = reason && reason.level === level ? reason : null;
  const key = source ? `${source.kind}.${source.id}.${source.answer}` : String(isConfirmed);
  // The same words again would be read aloud again.
  if (panel.dataset.shown === key) return;
  panel.dataset.shown = key;
  if (!ORIGINALS.has(panel))
    ORIGINALS.set(
      panel,
      Array.from(panel.childNodes, (node) => node.cloneNode(true)),
    );
  panel.textContent = "";
  panel.append(...(ORIGINALS.get(panel) || []).map((node) => node.cloneNode(true)));
  const words = source ? findReasonWords(root, source) : null;
  if (words) fillPanel(panel, words);
  else if (isConfirmed) fillPanel(panel, findConfirmedWords(root));
}

/**
 * Repeat the verdict in another place, or empty that place: the verdict itself is out of view from there.
 *
 * @param {HTMLElement} root
 * @param {HTMLElement} place
 * @param {boolean} isAnswered - Whether anything was tapped there.
 */
export function repeatVerdict(root, place, isAnswered) {
  place.hidden = !isAnswered;
  const { verdict } = findPart(root, "[data-verdict]").dataset;
  const panel = findPart(root, `[data-panel="${verdict}"]`);
  // The same words again would be read aloud again.
  if (isAnswered && place.textContent === panel.textContent) return;
  place.textContent = "";
  if (isAnswered) place.append(...panel.cloneNode(true).childNodes);
}

/**
 * @typedef {{ title?: string, next: string, say?: Element | null }} Words - `say`: null for none; without it the sentence
 *   of the level stays.
 *
 * @param {HTMLElement} panel
 * @param {Words} words
 */
function fillPanel(panel, { title, next, say }) {
  if (title) findPart(panel, ".verdict__title").textContent = title;
  findPart(panel, "[data-next]").textContent = next;
  if (say === undefined) return;
  const old = panel.querySelector("[data-say]");
  if (!say) old?.remove();
  else if (old) old.replaceWith(say);
  else findPart(panel, ".verdict__title").after(say);
}

/**
 * Return the words that the page has for a reason; null when it has none, as for something of an earlier release.
 *
 * @param {HTMLElement} root
 * @param {import("./answers.js").Reason} reason
 * @returns {Words | null}
 */
function findReasonWords(root, { kind, id, answer }) {
  if (kind === "tile" || kind === "danger") return findPanelWords(kind, id);
  const place = root.querySelector(
    kind === "checked"
      ? `[data-checked-next="${id}"]`
      : `[data-check="${id}"] .check__${answer === "unsure" ? "unsure" : "fail"}`,
  );
  // What an earlier release asked about has become a tile.
  if (!place) return kind === "check" && answer === "yes" ? findPanelWords(kind, id) : null;
  const next = (place.querySelector("p") || place).textContent || "";
  return kind === "checked" ? { next } : { next, say: makeHintLink(place) };
}

/**
 * Return a link with the sentence that `place` leads to, in full.
 *
 * @param {Element} place
 */
function makeHintLink(place) {
  const hint = place.querySelector("a[data-say]");
  if (!(hint instanceof HTMLAnchorElement)) return null;
  const [spoken, ...more] = findParts(findPart(document, hint.hash), "p");
  const meaning = more.find((line) => !line.classList.contains("panel__read"));
  return makeSayLink(hint.dataset.say || "", hint.hash, spoken, meaning);
}

/**
 * @param {string} say
 * @param {string} hash
 * @param {HTMLElement} spoken
 * @param {Element | null | undefined} meaning
 */
function makeSayLink(say, hash, spoken, meaning) {
  const link = document.createElement("a");
  link.className = "say";
  link.href = hash;
  link.dataset.say = say;
  const words = link.appendChild(document.createElement("span"));
  words.className = "say__spoken";
  words.lang = spoken.lang;
  words.translate = false;
  words.textContent = spoken.textContent;
  if (meaning) {
    const below = link.appendChild(document.createElement("span"));
    below.className = "say__meaning";
    below.textContent = meaning.textContent;
  }
  return link;
}

/**
 * Return what stands in the panel of a tile or an emergency, whose sentence opens there.
 *
 * @param {string} kind
 * @param {string} id
 * @returns {Words | null}
 */
function findPanelWords(kind, id) {
  const panel = document.getElementById(`${kind}-${id}`) || findFormerPanel(id);
  if (!panel) return null;
  const title = findPart(panel, "h2").textContent || "";
  const next = `${title} · ${findPart(panel, ".panel__do").textContent}`;
  const said = panel.querySelector("[data-say]");
  if (!(said instanceof HTMLElement)) return { next, say: null };
  const spoken = findPart(said, ".panel__spoken, .say__spoken");
  return {
    next,
    say: makeSayLink(said.dataset.say || "", `#${panel.id}`, spoken, said.querySelector(".say__meaning")),
  };
}

/** @param {string} id - Of a sign that an earlier release asked about. */
function findFormerPanel(id) {
  const tile = document.querySelector(`[data-tile][data-was~="${id}"]`);
  return tile instanceof HTMLAnchorElement ? document.getElementById(tile.hash.slice(1)) : null;
}

/** @param {HTMLElement} root */
function findConfirmedWords(root) {
  const place = findPart(root, '[data-checked-next="confirmed"]');
  return { title: place.dataset.title, next: findPart(place, "p").textContent || "", say: makeHintLink(place) };
}
