import { runOnDatabase } from "./database.js";
import { awaitRequest } from "./idb.js";

/**
 * Return what the person has entered: `address`, `area-code`, `person-1-name` …
 *
 * @returns {Promise<Record<string, string>>}
 */
export async function readSettings() {
  return (
    (await runOnDatabase(["settings"], "readonly", (tx) => awaitRequest(tx.objectStore("settings").get("entered")))) ||
    {}
  );
}

/**
 * Save these entries, and leave the others as they are: each page knows only its own.
 *
 * @param {Record<string, string>} entered
 */
export async function writeSettings(entered) {
  await runOnDatabase(["settings"], "readwrite", async (tx) => {
    const store = tx.objectStore("settings");
    const held = await awaitRequest(store.get("entered"));
    store.put({ ...held, ...entered }, "entered");
  });
}

/**
 * Remove everything the person entered, and the log of visits.
 *
 * @returns {Promise<boolean>} True when it is gone.
 */
export function eraseEverything() {
  return runOnDatabase(["settings", "visits", "events"], "readwrite", (tx) => {
    for (const name of ["settings", "visits", "events"]) tx.objectStore(name).clear();
    return true;
  });
}
