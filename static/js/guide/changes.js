import { runOnDatabase } from "../core/database.js";
import { findPart, findParts, page, readAttribute } from "../core/dom.js";
import { awaitRequest } from "../core/idb.js";
import { awaitOrShowNotice } from "../core/late.js";

/**
 * Return what differs between two sets of marks.
 *
 * @param {Record<string, string>} before - Text id → mark, when this phone last looked.
 * @param {Record<string, string>} now
 */
export function compareMarks(before, now) {
  const [old, present] = [Object.keys(before), Object.keys(now)];
  return {
    fresh: present.filter((id) => !old.includes(id)),
    changed: present.filter((id) => old.includes(id) && before[id] !== now[id]),
    gone: old.filter((id) => !present.includes(id)),
  };
}

/**
 * Mark the texts that are new or changed since the last look, and remember today's.
 *
 * @param {HTMLElement} root
 */
export async function startChanges(root) {
  const items = findParts(root, "[data-text]");
  /** @type {Record<string, string>} */
  const now = {};
  /** @type {Record<string, string>} What each text was called when it was last here. */
  const titles = {};
  for (const item of items) {
    const id = readAttribute(item, "text");
    now[id] = readAttribute(item, "mark");
    titles[id] = findPart(item, "strong").textContent || "";
  }
  const last = await awaitOrShowNotice(replaceMarks(now, titles), findPart(root, "[data-unreadable]"));
  if (!last) return;
  if (last.marks) showChanges(root, items, compareMarks(last.marks, now), last.titles);
  else findPart(root, "[data-first]").hidden = false;
}

/**
 * Store today's marks and titles, and return those of the last look.
 *
 * @param {Record<string, string>} marks
 * @param {Record<string, string>} titles
 * @returns {Promise<{ marks: Record<string, string> | undefined, titles: Record<string, string> }>}
 */
function replaceMarks(marks, titles) {
  return runOnDatabase(["settings"], "readwrite", async (tx) => {
    const store = tx.objectStore("settings");
    const last = {
      marks: await awaitRequest(store.get(`seen:${page.key}`)),
      titles: (await awaitRequest(store.get(`titles:${page.key}`))) || {},
    };
    store.put(marks, `seen:${page.key}`);
    store.put(titles, `titles:${page.key}`);
    return last;
  });
}

/**
 * @param {HTMLElement} root
 * @param {HTMLElement[]} items
 * @param {ReturnType<typeof compareMarks>} changes
 * @param {Record<string, string>} oldTitles
 */
function showChanges(root, items, { fresh, changed, gone }, oldTitles) {
  findPart(root, "[data-nothing]").hidden = fresh.length + changed.length + gone.length > 0;
  for (const item of items) {
    const id = readAttribute(item, "text");
    findPart(item, "[data-new]").hidden = !fresh.includes(id);
    findPart(item, "[data-changed]").hidden = !changed.includes(id);
  }
  findPart(root, "[data-gone]").hidden = gone.length === 0;
  for (const id of gone) {
    findPart(root, "[data-gone-list]").appendChild(document.createElement("li")).textContent = oldTitles[id] || id;
  }
}
