import { transaction } from "./idb.js";

/**
 * What the person has entered: `address`, `area-code`, `person-1-name` …
 *
 * @returns {Promise<Record<string, string>>}
 */
export async function readSettings() {
  const found = await transaction(["settings"], "readonly", (tx, /** @type {any} */ box) => {
    tx.objectStore("settings").get("entered").onsuccess = (event) => {
      box.value = /** @type {IDBRequest} */ (event.target).result;
    };
  });
  return /** @type {any} */ (found) || {};
}

/**
 * Keep these entries, and leave the others as they are: each page knows only its own.
 *
 * @param {Record<string, string>} entered
 */
export async function writeSettings(entered) {
  await transaction(["settings"], "readwrite", (tx) => {
    const store = tx.objectStore("settings");
    store.get("entered").onsuccess = (event) => {
      store.put({ .../** @type {IDBRequest} */ (event.target).result, ...entered }, "entered");
    };
  });
}

/** Remove everything the person entered, and the log of visits. */
export async function eraseEverything() {
  await transaction(["settings", "visits", "events"], "readwrite", (tx) => {
    for (const name of ["settings", "visits", "events"]) tx.objectStore(name).clear();
  });
}
