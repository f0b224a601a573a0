/** What the person enters, and the log of visits. Schema steps are numbered; each starts from the one before. */
const DATABASE = "doorwise";
const VERSION = 1;

/** @returns {Promise<IDBDatabase>} */
function openDatabase() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, VERSION);
    request.onupgradeneeded = (event) => {
      const db = request.result;
      if (event.oldVersion < 1) {
        db.createObjectStore("settings");
        db.createObjectStore("visits", { keyPath: "id", autoIncrement: true });
        const events = db.createObjectStore("events", { keyPath: "id", autoIncrement: true });
        events.createIndex("visit", "visit");
      }
    };
    request.onblocked = () => reject(new Error("another page holds an older database open"));
    request.onerror = () => reject(request.error);
    request.onsuccess = () => {
      // Let a newer page upgrade: this one opens the database again when it needs it.
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
  });
}

/**
 * Run one transaction; `work` may leave a result in its box.
 *
 * @template T
 * @param {string[]} stores
 * @param {IDBTransactionMode} mode
 * @param {(tx: IDBTransaction, box: { value?: T }) => void} work
 * @returns {Promise<T | undefined>} Resolves when the transaction has completed, so that what was shown as saved is saved.
 * @throws {DOMException} It was aborted: nothing of it is stored.
 */
export async function transaction(stores, mode, work) {
  const db = await openDatabase();
  try {
    return await new Promise((resolve, reject) => {
      /** @type {{ value?: T }} */
      const box = {};
      const options = /** @type {any} */ ({ durability: "strict" });
      const tx = /** @type {any} */ (db).transaction(stores, mode, options);
      tx.oncomplete = () => resolve(box.value);
      tx.onabort = () => reject(tx.error || new Error("the transaction was aborted"));
      work(tx, box);
    });
  } finally {
    db.close();
  }
}
