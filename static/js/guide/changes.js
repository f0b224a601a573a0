import { transaction } from "../core/database.js";
import { page, part, parts } from "../core/dom.js";
import { result } from "../core/idb.js";

/**
 * What differs between two sets of marks.
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
  const items = parts(root, "[data-text]");
  /** @type {Record<string, string>} */
  const now = {};
  for (const { dataset } of items) now[dataset.text || ""] = dataset.mark || "";
  const name = `seen:${page.key}`;
  /** @type {Record<string, string>} What each text was called when it was last here. */
  const titles = {};
  for (const item of items) titles[item.dataset.text || ""] = part(item, "strong").textContent || "";
  const { before, oldTitles } = await transaction(["settings"], "readwrite", async (tx) => {
    const store = tx.objectStore("settings");
    /** @type {Record<string, string> | undefined} */
    const before = await result(store.get(name));
    /** @type {Record<string, string>} */
    const oldTitles = (await result(store.get(`titles:${page.key}`))) || {};
    store.put(now, name);
    store.put(titles, `titles:${page.key}`);
    return { before, oldTitles };
  });
  if (!before) {
    part(root, "[data-first]").hidden = false;
    return;
  }
  const { fresh, changed, gone } = compareMarks(before, now);
  part(root, "[data-nothing]").hidden = fresh.length + changed.length + gone.length > 0;
  for (const item of items) {
    part(item, "[data-new]").hidden = !fresh.includes(item.dataset.text || "");
    part(item, "[data-changed]").hidden = !changed.includes(item.dataset.text || "");
  }
  part(root, "[data-gone]").hidden = gone.length === 0;
  for (const id of gone) {
    part(root, "[data-gone-list]").appendChild(document.createElement("li")).textContent = oldTitles[id] || id;
  }
}
