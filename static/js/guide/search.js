import { findPart, findParts, page } from "../core/dom.js";
import { isWithdrawn } from "../core/withdrawn.js";
import { buildIndex, findClosestDocs, findDocs } from "./search-index.js";

/** @typedef {import("./search-index.js").Doc} Doc */
/** @typedef {import("./search-index.js").Index} Index */

const SHOWN = 5;

/**
 * Start the search of the guidance. What is typed is kept nowhere and sent nowhere.
 *
 * @param {HTMLElement} root
 */
export function startSearch(root) {
  return new SearchBox(root).start();
}

class SearchBox {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.form = findPart(root, "[data-search]");
    this.input = /** @type {HTMLInputElement} */ (findPart(this.form, "input"));
    this.count = findPart(this.form, "[data-found-count]");
    this.found = findPart(this.form, "[data-found]");
    this.nothing = findPart(this.form, "[data-nothing-found]");
    this.near = findPart(this.form, "[data-closest]");
    this.everything = findPart(root, "[data-all]");
    this.crisis = this.form.querySelector("[data-crisis]");
    this.texts = new GuideTexts(`${page.root}${page.key}/`);
    this.frame = 0;
  }

  async start() {
    this.input.addEventListener("focus", () => this.readTexts());
    this.input.addEventListener("input", () => {
      this.frame = this.frame || requestAnimationFrame(() => this.showResults());
    });
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.showResults();
      findParts(this.form, "li a")[0]?.focus();
    });
    this.form.hidden = false;
    try {
      // There before the first letter is.
      await this.texts.readTitles();
      this.showResults();
    } catch (_error) {
      // Tried again when the box is used.
    }
    if (document.activeElement === this.input) this.readTexts();
  }

  /** Read the texts themselves, for somebody who searches. */
  async readTexts() {
    try {
      await this.texts.readTitles();
      // What was typed while only titles could be read is answered with them.
      if (!this.found.children.length) this.showResults();
      await this.texts.readTexts();
      // Results that stand there stay: nothing moves under the finger, and none of them loses the focus.
      if (!this.found.children.length) this.showResults();
    } catch (_error) {
      // Tried again when the box is used again.
    }
  }

  showResults() {
    // A frame that is still to come would put the same results there anew, under a finger or the focus.
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    const query = this.input.value.trim();
    this.showCrisisHelp(query.toLowerCase());
    const { index, isWhole } = this.texts;
    if (!index) return;
    const docs = query ? findDocs(index, query).slice(0, SHOWN) : [];
    // What no title answers may still stand in a text that is being read.
    const isMissing = Boolean(query) && !docs.length && isWhole;
    this.fillList(this.found, docs);
    this.fillList(this.near, isMissing ? findClosestDocs(index, query) : []);
    this.nothing.hidden = !isMissing;
    // Else the list of everything would look like more results.
    this.everything.hidden = docs.length > 0;
    const words = (this.count.dataset.foundCount || "").replace("{number}", () => String(docs.length));
    this.count.textContent = docs.length || isMissing ? words : "";
  }

  /**
   * Answer words of despair with somebody to talk to, before any topic.
   *
   * @param {string} query - In small letters.
   */
  showCrisisHelp(query) {
    if (!(this.crisis instanceof HTMLElement)) return;
    const words = (this.crisis.dataset.words || "").split(/[,，、]\s*/).filter(Boolean);
    this.crisis.hidden = !words.some((word) => query.includes(word.toLowerCase()));
  }

  /**
   * Put a link to each document into a list, in place of those before.
   *
   * @param {HTMLElement} place
   * @param {Doc[]} docs
   */
  fillList(place, docs) {
    place.textContent = "";
    for (const [address, title, summary] of docs) {
      if (isWithdrawn(this.texts.makeAddress(address))) continue;
      const link = document.createElement("a");
      link.href = this.texts.makeAddress(address);
      link.appendChild(document.createElement("strong")).textContent = title;
      link.append(" ");
      link.appendChild(document.createElement("span")).textContent = summary;
      place.appendChild(document.createElement("li")).appendChild(link);
    }
  }
}

/** What is searched: titles, summaries and everyday words first, then the texts. Each is read once; what failed, again. */
class GuideTexts {
  /** @param {string} home - Where the pages of this (region, locale) begin. */
  constructor(home) {
    this.home = home;
    /** @type {Index | null} */
    this.index = null;
    this.isWhole = false;
    /** @type {Promise<void> | null} */
    this.titles = null;
    /** @type {Promise<void> | null} */
    this.texts = null;
  }

  /** @param {string} path - Relative to `home`. */
  makeAddress(path) {
    return this.home + path;
  }

  readTitles() {
    this.titles = this.titles || this.fetchTitles();
    this.titles.catch(() => {
      this.titles = null;
    });
    return this.titles;
  }

  readTexts() {
    this.texts = this.texts || this.fetchTexts();
    this.texts.catch(() => {
      this.texts = null;
    });
    return this.texts;
  }

  async fetchTitles() {
    const answer = await fetch(this.makeAddress("search.json"));
    this.index = buildIndex(await answer.json());
  }

  async fetchTexts() {
    await this.readTitles();
    const docs = this.index ? this.index.docs : [];
    this.index = buildIndex(await Promise.all(docs.map((doc) => this.fetchText(doc).catch(() => doc))));
    this.isWhole = true;
  }

  /**
   * @param {Doc} doc
   * @returns {Promise<Doc>} With its text, where the page could be read.
   */
  async fetchText(doc) {
    const answer = await fetch(this.makeAddress(doc[0]));
    return answer.ok ? [...doc.slice(0, 4), extractPageText(await answer.text())] : doc;
  }
}

/**
 * Return the words of a topic's page.
 *
 * @param {string} html
 */
function extractPageText(html) {
  const text = new DOMParser().parseFromString(html, "text/html").querySelectorAll(".pair li, .text");
  for (const cite of Array.from(text).flatMap((place) => Array.from(place.querySelectorAll(".cite")))) cite.remove();
  return Array.from(text, (place) => place.textContent).join("\n");
}
