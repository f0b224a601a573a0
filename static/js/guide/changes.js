import { page, part, parts } from "../core/dom.js";
import { transaction } from "../core/idb.js";

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
  /** @type {Record<string, string>} */
  let oldTitles = {};
  const before = await transaction(["settings"], "readwrite", (tx, /** @type {any} */ box) => {
    const store = tx.objectStore("settings");
    store.get(name).onsuccess = (event) => {
      box.value = /** @type {IDBRequest} */ (event.target).result;
      store.put(now, name);
    };
    store.get(`titles:${page.key}`).onsuccess = (event) => {
      oldTitles = /** @type {IDBRequest} */ (event.target).result || {};
      store.put(titles, `titles:${page.key}`);
    };
  });
  if (!before) {
    part(root, "[data-first]").hidden = false;
    return;
  }
  const { fresh, changed, gone } = compareMarks(/** @type {any} */ (before), now);
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
