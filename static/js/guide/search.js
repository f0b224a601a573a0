import { page, part, parts } from "../core/dom.js";
import { buildIndex, closest, search } from "./search-index.js";

/** @typedef {import("./search-index.js").Doc} Doc */
/** @typedef {import("./search-index.js").Index} Index */

const SHOWN = 5;

/**
 * The words of a topic's page.
 *
 * @param {string} html
 */
function pageText(html) {
  const text = new DOMParser().parseFromString(html, "text/html").querySelectorAll(".pair li, .text");
  for (const cite of Array.from(text).flatMap((place) => Array.from(place.querySelectorAll(".cite")))) cite.remove();
  return Array.from(text, (place) => place.textContent).join("\n");
}

/**
 * The search of the guidance. What is typed is kept nowhere and sent nowhere.
 *
 * @param {HTMLElement} root
 */
export async function startSearch(root) {
  const form = part(root, "[data-search]");
  const input = /** @type {HTMLInputElement} */ (part(form, "input"));
  const count = part(form, "[data-found-count]");
  const countWords = count.dataset.foundCount || "";
  const found = part(form, "[data-found]");
  const nothing = part(form, "[data-nothing-found]");
  const near = part(form, "[data-closest]");
  const all = part(root, "[data-all]");
  const locale = `${page.root}${page.key}/`;
  /** @type {Index | null} */
  let index = null;
  /** @type {Promise<void> | null} */
  let titles = null;
  let isReading = false;
  let isWhole = false;
  let frame = 0;

  const list = (/** @type {HTMLElement} */ place, /** @type {Doc[]} */ docs) => {
    place.textContent = "";
    for (const [address, title, summary] of docs) {
      const link = document.createElement("a");
      link.href = locale + address;
      link.appendChild(document.createElement("strong")).textContent = title;
      link.append(" ");
      link.appendChild(document.createElement("span")).textContent = summary;
      place.appendChild(document.createElement("li")).appendChild(link);
    }
  };
  const show = () => {
    // A frame that is still to come would put the same results there anew, under a finger or the focus.
    cancelAnimationFrame(frame);
    frame = 0;
    if (!index) return;
    const query = input.value.trim();
    const docs = query ? search(index, query).slice(0, SHOWN) : [];
    // What no title answers may still stand in a text that is being read.
    const isMissing = Boolean(query) && !docs.length && isWhole;
    list(found, docs);
    list(near, isMissing ? closest(index, query) : []);
    nothing.hidden = !isMissing;
    // Else the list of everything would look like more results.
    all.hidden = docs.length > 0;
    count.textContent = docs.length || isMissing ? countWords.replace("{number}", String(docs.length)) : "";
  };
  const readTitles = async () => {
    index = buildIndex(await (await fetch(`${locale}search.json`)).json());
    show();
  };
  /** Titles, summaries and everyday words: there before the first letter is, and read once, however often asked. */
  const prepare = () => {
    titles = titles || readTitles();
    // What failed is tried again when it is asked for again.
    titles.catch(() => {
      titles = null;
    });
    return titles;
  };
  /** The texts themselves, read only for somebody who searches. */
  const readTexts = async () => {
    await prepare();
    const { docs } = /** @type {Index} */ (index);
    const read = async (/** @type {Doc} */ doc) => {
      const answer = await fetch(locale + doc[0]);
      return answer.ok ? [...doc.slice(0, 4), pageText(await answer.text())] : doc;
    };
    index = buildIndex(await Promise.all(docs.map((/** @type {Doc} */ doc) => read(doc).catch(() => doc))));
    isWhole = true;
    // Results that stand there stay: nothing moves under the finger, and none of them loses the focus.
    if (!found.children.length) show();
  };
  const start = () => {
    if (isReading) return;
    isReading = true;
    readTexts().catch(() => {
      isReading = false;
    });
  };
  input.addEventListener("focus", start);
  input.addEventListener("input", () => {
    frame = frame || requestAnimationFrame(show);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    show();
    parts(form, "li a")[0]?.focus();
  });
  form.hidden = false;
  // What fails here is tried again when the box is used.
  await prepare().catch(() => {});
  if (document.activeElement === input) start();
}
