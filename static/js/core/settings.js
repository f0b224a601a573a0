import { transaction } from "./database.js";
import { result } from "./idb.js";

/**
 * What the person has entered: `address`, `area-code`, `person-1-name` …
 *
 * @returns {Promise<Record<string, string>>}
 */
export async function readSettings() {
  return (await transaction(["settings"], "readonly", (tx) => result(tx.objectStore("settings").get("entered")))) || {};
}

/**
 * Keep these entries, and leave the others as they are: each page knows only its own.
 *
 * @param {Record<string, string>} entered
 */
export async function writeSettings(entered) {
  await transaction(["settings"], "readwrite", async (tx) => {
    const store = tx.objectStore("settings");
    const held = await result(store.get("entered"));
    store.put({ ...held, ...entered }, "entered");
  });
}

/**
 * Remove everything the person entered, and the log of visits.
 *
 * @returns {Promise<boolean>} True when it is gone.
 */
export function eraseEverything() {
  return transaction(["settings", "visits", "events"], "readwrite", (tx) => {
    for (const name of ["settings", "visits", "events"]) tx.objectStore(name).clear();
    return true;
  });
}
