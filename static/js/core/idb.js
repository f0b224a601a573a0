/**
 * IndexedDB as promises, for the pages (core/database.js) and for the worker (worker/state.js).
 *
 * Exports:
 * - `awaitRequest(request)`: a promise of what one request gives.
 * - `runTransaction(open, stores, mode, work)`: open a database, run `work(tx)` in one transaction, close the database.
 *   `work` may be async, but waits for nothing except requests of its own transaction: anything else ends it early.
 * - `openDatabase(name, version, upgrade)`: what `open` is made of.
 */

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
export function awaitRequest(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * @param {string} name
 * @param {number} version
 * @param {(db: IDBDatabase, oldVersion: number) => void} upgrade - Schema steps; each starts from the one before.
 * @returns {Promise<IDBDatabase>}
 * @throws {DOMException} The browser refuses.
 */
export async function openDatabase(name, version, upgrade) {
  const request = indexedDB.open(name, version);
  request.onupgradeneeded = (event) => upgrade(request.result, event.oldVersion);
  const db = await awaitRequest(request);
  // Let a newer version upgrade: this one opens the database again when it needs it.
  db.onversionchange = () => db.close();
  return db;
}

/**
 * @template T
 * @param {() => Promise<IDBDatabase>} open
 * @param {string[]} stores
 * @param {IDBTransactionMode} mode
 * @param {(tx: IDBTransaction) => T | Promise<T>} work
 * @returns {Promise<T>} Resolves when the transaction has completed, so that what was shown as saved is saved.
 * @throws {DOMException} It was aborted: nothing of it is stored.
 */
export async function runTransaction(open, stores, mode, work) {
  const db = await open();
  try {
    const tx = db.transaction(stores, mode, { durability: "strict" });
    const complete = new Promise((resolve, reject) => {
      tx.oncomplete = resolve;
      tx.onabort = () => reject(tx.error || new Error("the transaction was aborted"));
    });
    const [value] = await Promise.all([runWork(tx, work), complete]);
    return value;
  } finally {
    db.close();
  }
}

/**
 * @template T
 * @param {IDBTransaction} tx
 * @param {(tx: IDBTransaction) => T | Promise<T>} work
 */
async function runWork(tx, work) {
  try {
    return await work(tx);
  } catch (error) {
    // Without this, what was asked for before the error would be stored. (One that has ended already throws here.)
    tx.abort();
    throw error;
  }
}
