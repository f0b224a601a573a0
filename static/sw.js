// The service worker: keeps whole releases on the phone and answers from them.
//
// What it guarantees (each tested by breaking it): a release is answered from only when every file of it is there and
// has its SHA-256; a failure leaves the old release serving; the release does not change while a visit is open.
//
// Where things are: file bodies in the cache `doorwise-blobs`, under their digest; for each kept (region, locale) one
// record in IndexedDB with the manifest of the current and of the previous release. Moving that record is one
// transaction, which is what makes a switch atomic (a Cache Storage entry that is overwritten can be lost in a crash).
"use strict";

const BLOBS = "doorwise-blobs";
const STATE = "doorwise-worker";
const SCOPE = new URL(self.registration.scope);
const UNTOUCHED = /^(editor(\/|$)|channel\.json$|healthz$|sw\.js$)/;
const KEY = /^([a-z0-9-]+\/[A-Za-z0-9-]+)(\/|$)/;
const BLANK = 'data-offline="none" data-release="" data-slice=""';
const DOWNLOAD_TIMEOUT_MS = 120000;
const CHANNEL_TIMEOUT_MS = 20000;
// A visit that nobody ended does not hold its release for ever.
const VISIT_LASTS_MS = 12 * 60 * 60 * 1000;

// The same headers as server/headers.py; a test compares them.
const SECURITY = {
  "Content-Security-Policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; manifest-src 'self'; " +
    "worker-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), screen-wake-lock=(self)",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
};

/**
 * @typedef {{ digest: string, release: string, manifest: string }} Copy - One whole slice on this phone.
 * @typedef {{ key: string, current: Copy | null, previous: Copy | null, failed: boolean }} Slot
 * @typedef {{ slice: string, release: string }} Target - What a slot should become.
 * @typedef {Map<string, { sha256: string, type: string }>} Files
 */

// --- state: one small database ------------------------------------------------------------------------------------

/** @returns {Promise<IDBDatabase>} */
function openState() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(STATE, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("slots", { keyPath: "key" });
      request.result.createObjectStore("meta");
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * Run one transaction over both stores and give back what `work` left in its box, once it is on the disk.
 *
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(slots: IDBObjectStore, meta: IDBObjectStore, box: { value?: T }) => void} work
 * @returns {Promise<T | undefined>}
 */
async function transact(mode, work) {
  const db = await openState();
  try {
    return await new Promise((resolve, reject) => {
      /** @type {{ value?: T }} */
      const box = {};
      const tx = db.transaction(["slots", "meta"], mode, { durability: "strict" });
      tx.oncomplete = () => resolve(box.value);
      tx.onabort = () => reject(tx.error);
      work(tx.objectStore("slots"), tx.objectStore("meta"), box);
    });
  } finally {
    db.close();
  }
}

/**
 * @param {string} key
 * @returns {Promise<Slot>} The slot, an empty one when nothing is kept under `key`.
 */
async function readSlot(key) {
  const slot = await transact("readonly", (slots, _meta, /** @type {{ value?: Slot }} */ box) => {
    slots.get(key).onsuccess = (event) => {
      box.value = /** @type {IDBRequest} */ (event.target).result;
    };
  });
  return slot || { key, current: null, previous: null, failed: false };
}

/** @returns {Promise<Slot[]>} */
async function readSlots() {
  const slots = await transact("readonly", (store, _meta, /** @type {{ value?: Slot[] }} */ box) => {
    store.getAll().onsuccess = (event) => {
      box.value = /** @type {IDBRequest} */ (event.target).result;
    };
  });
  return slots || [];
}

/** @param {Slot} slot */
function writeSlot(slot) {
  return transact("readwrite", (slots) => slots.put(slot));
}

/**
 * @param {string} name
 * @returns {Promise<any>}
 */
function readMeta(name) {
  return transact("readonly", (_slots, meta, box) => {
    meta.get(name).onsuccess = (event) => {
      box.value = /** @type {IDBRequest} */ (event.target).result;
    };
  });
}

/**
 * @param {string} name
 * @param {unknown} value
 */
function writeMeta(name, value) {
  return transact("readwrite", (_slots, meta) => meta.put(value, name));
}

// --- bytes --------------------------------------------------------------------------------------------------------

/**
 * @param {BufferSource} bytes
 * @returns {Promise<string>} SHA-256 in lower-case hex.
 */
async function sha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {string} digest */
function blobAddress(digest) {
  return `${SCOPE.href}b/${digest}`;
}

/**
 * @param {string} digest
 * @returns {Promise<Uint8Array<ArrayBuffer> | null>}
 */
async function readBlob(digest) {
  const cache = await caches.open(BLOBS);
  const response = await cache.match(blobAddress(digest));
  return response ? new Uint8Array(await response.arrayBuffer()) : null;
}

/**
 * Keep `bytes` under `digest`.
 *
 * @param {string} digest
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @throws {Error} The bytes have another digest, or there is no room.
 */
async function writeBlob(digest, bytes) {
  if ((await sha256(bytes)) !== digest) throw new Error(`bytes of ${digest} are not what they should be`);
  // A good copy is left alone: to overwrite is to remove first, and the browser may be killed in between.
  const held = await readBlob(digest);
  if (held && (await sha256(held)) === digest) return;
  const cache = await caches.open(BLOBS);
  await cache.put(blobAddress(digest), new Response(bytes));
}

/**
 * Read a manifest: one line a file, `address TAB sha256 TAB media type` (server/publish/slices.py).
 *
 * @param {string} manifest
 * @returns {Files}
 */
function parseManifest(manifest) {
  const files = new Map();
  for (const line of manifest.split("\n")) {
    if (!line) continue;
    const [path, digest, type] = line.split("\t");
    files.set(path, { sha256: digest, type });
  }
  return files;
}

/**
 * @param {Files} files
 * @returns {string} The manifest text, sorted by address as the server sorts it (addresses are ASCII).
 */
function formatManifest(files) {
  const paths = Array.from(files.keys()).sort();
  return paths.map((path) => `${path}\t${files.get(path)?.sha256}\t${files.get(path)?.type}\n`).join("");
}

/**
 * Take a container apart (server/publish/container.py).
 *
 * @param {ArrayBuffer} buffer
 * @returns {{ index: any, body: (number: number) => Uint8Array<ArrayBuffer> }}
 * @throws {Error} It is not one, or it was cut short.
 */
function parseContainer(buffer) {
  const bytes = new Uint8Array(buffer);
  if (bytes.length < 8 || new TextDecoder().decode(bytes.subarray(0, 4)) !== "DWB1") throw new Error("not a container");
  const start = 8 + new DataView(buffer).getUint32(4);
  if (start > bytes.length) throw new Error("the container was cut short");
  const index = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, start)));
  /** @type {number[]} */
  const offsets = [start];
  for (const [, length] of index.parts) offsets.push(offsets[offsets.length - 1] + length);
  if (offsets[offsets.length - 1] !== bytes.length) throw new Error("the container has another length than it says");
  return { index, body: (number) => bytes.slice(offsets[number], offsets[number + 1]) };
}

/**
 * Apply a patch (server/publish/patch.py): `[first, count]` copies lines, a string is inserted.
 *
 * @param {Uint8Array<ArrayBuffer>} old
 * @param {(string | [number, number])[]} operations
 * @returns {Uint8Array<ArrayBuffer>}
 */
function applyPatch(old, operations) {
  const lines = new TextDecoder().decode(old).split("\n");
  const last = lines.pop();
  const whole = lines.map((line) => `${line}\n`);
  if (last) whole.push(last);
  const parts = operations.map((step) =>
    typeof step === "string" ? step : whole.slice(step[0], step[0] + step[1]).join(""),
  );
  return new TextEncoder().encode(parts.join(""));
}

// --- download: whole or not at all --------------------------------------------------------------------------------

/**
 * @param {string} path - Relative to the scope.
 * @param {number} timeoutMs
 * @param {RequestCache} cache
 * @returns {Promise<Response>}
 */
async function ask(path, timeoutMs, cache) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), timeoutMs);
  try {
    const response = await fetch(SCOPE.href + path, { cache, signal: abort.signal, credentials: "omit" });
    // Read it whole here, so that the time limit covers the body too.
    const body = await response.arrayBuffer();
    return new Response(response.ok ? body : null, { status: response.status });
  } finally {
    clearTimeout(timer);
  }
}

/**
 * @param {boolean} [afresh] - Not from the browser's own cache: what it holds may be damaged, and the server would
 *   confirm it by its tag for ever.
 * @returns {Promise<{ release: string, slices: Record<string, string>, recalled?: unknown }>}
 */
async function askChannel(afresh = false) {
  const response = await ask("channel.json", CHANNEL_TIMEOUT_MS, afresh ? "reload" : "no-cache");
  if (!response.ok) throw new Error(`channel: ${response.status}`);
  const channel = await response.json().catch(() => null);
  if (typeof channel?.release === "string" && typeof channel.slices === "object" && channel.slices) return channel;
  if (!afresh) return askChannel(true);
  throw new Error("channel: not one");
}

/**
 * Fetch what turns the copy in `slot` into `target`, check every file, and keep the files.
 *
 * @param {Slot} slot
 * @param {Target} target
 * @returns {Promise<Copy>}
 * @throws {Error} Anything is missing, altered or does not fit on this phone.
 */
async function receive(slot, target) {
  // An update is made of what is here already; where that has a gap, only the whole can close it.
  if (slot.current && (await isWhole(slot.current))) {
    const update = await ask(`b/${target.slice}.from.${slot.current.digest}`, DOWNLOAD_TIMEOUT_MS, "no-store");
    // The server makes updates for its last releases only; an older phone takes the whole.
    if (update.status !== 404) return unpack(update, slot, target);
  }
  return unpack(await ask(`b/${target.slice}.bundle`, DOWNLOAD_TIMEOUT_MS, "no-store"), slot, target);
}

/**
 * @param {Response} response
 * @param {Slot} slot
 * @param {Target} target
 * @returns {Promise<Copy>}
 */
async function unpack(response, slot, target) {
  if (!response.ok) throw new Error(`download: ${response.status}`);
  const { index, body } = parseContainer(await response.arrayBuffer());
  if (index.slice !== target.slice) throw new Error("not the release that was asked for");
  const manifest = index.kind === "whole" ? index.manifest : updatedManifest(slot, index);
  if ((await sha256(new TextEncoder().encode(manifest))) !== target.slice) throw new Error("not the announced release");

  for (const [number, [digest]] of index.parts.entries()) await writeBlob(digest, body(number));
  for (const [digest, from, operations] of index.kind === "update" ? index.patches : []) {
    const old = await readBlob(from);
    if (!old) throw new Error(`${from} is not on this phone`);
    await writeBlob(digest, applyPatch(old, operations));
  }
  await fetchShell(manifest);
  return { digest: target.slice, release: target.release, manifest };
}

/**
 * Keep the shell's files (stylesheet, script, icon), which no whole container carries: the page has just fetched them, and
 * under their addresses they never change, so the browser's own cache answers. A damaged one there is fetched again.
 *
 * @param {string} manifest
 * @throws {Error} One of them is not what it should be.
 */
async function fetchShell(manifest) {
  for (const [path, file] of parseManifest(manifest)) {
    if (!path.startsWith("b/")) continue;
    const held = await readBlob(file.sha256);
    if (held && (await sha256(held)) === file.sha256) continue;
    const cached = await ask(path, DOWNLOAD_TIMEOUT_MS, "default");
    const bytes = new Uint8Array(await cached.arrayBuffer());
    if (cached.ok && (await sha256(bytes)) === file.sha256) {
      await writeBlob(file.sha256, bytes);
    } else {
      const fresh = await ask(path, DOWNLOAD_TIMEOUT_MS, "reload");
      if (!fresh.ok) throw new Error(`download: ${fresh.status}`);
      await writeBlob(file.sha256, new Uint8Array(await fresh.arrayBuffer()));
    }
  }
}

/**
 * @param {Slot} slot
 * @param {{ kind: string, from: string, drop: string[], set: [string, string, string][] }} index
 */
function updatedManifest(slot, index) {
  if (index.kind !== "update" || !slot.current || index.from !== slot.current.digest) {
    throw new Error("an update of another copy");
  }
  const files = parseManifest(slot.current.manifest);
  for (const path of index.drop) files.delete(path);
  for (const [path, digest, type] of index.set) files.set(path, { sha256: digest, type });
  return formatManifest(files);
}

/**
 * See that every file of `copy` is here, and open its home and visit pages once as a reader would.
 *
 * @param {string} key
 * @param {Copy} copy
 * @throws {Error} One is not.
 */
async function proveWhole(key, copy) {
  if (!(await isWhole(copy))) throw new Error("a file is not on this phone");
  const files = parseManifest(copy.manifest);
  for (const path of [`${key}/`, `${key}/now/`]) {
    const file = files.get(path);
    const bytes = file && (await readBlob(file.sha256));
    if (!file || !bytes || (await sha256(bytes)) !== file.sha256) throw new Error(`${path} does not open`);
  }
}

/**
 * @param {Copy} copy
 * @returns {Promise<boolean>} Every file of it is here.
 */
async function isWhole(copy) {
  const cache = await caches.open(BLOBS);
  const held = new Set((await cache.keys()).map((request) => request.url));
  return Array.from(parseManifest(copy.manifest).values()).every((file) => held.has(blobAddress(file.sha256)));
}

/**
 * Move the pointer: one transaction, refused while a visit is open on an earlier copy.
 *
 * @param {string} key
 * @param {Copy} copy
 * @returns {Promise<Slot | undefined>} The slot as it now is; undefined when the visit holds the old one.
 */
function switchTo(key, copy) {
  return transact("readwrite", (slots, meta, /** @type {{ value?: Slot }} */ box) => {
    meta.get("visit").onsuccess = (visitEvent) => {
      const visit = /** @type {IDBRequest} */ (visitEvent.target).result;
      slots.get(key).onsuccess = (event) => {
        /** @type {Slot | undefined} */
        const slot = /** @type {IDBRequest} */ (event.target).result;
        const current = slot ? slot.current : null;
        if (current && current.digest !== copy.digest && isOpen(visit)) return;
        const previous = current && current.digest !== copy.digest ? current : slot ? slot.previous : null;
        box.value = { key, current: copy, previous, failed: false };
        slots.put(box.value);
      };
    };
  });
}

/** @param {{ at: number } | undefined} visit */
function isOpen(visit) {
  return Boolean(visit) && Date.now() - /** @type {{ at: number }} */ (visit).at < VISIT_LASTS_MS;
}

/** Drop the files that no copy needs any more. Runs in the queue: between downloads, never beside one. */
async function dropUnused() {
  const needed = new Set();
  for (const slot of await readSlots()) {
    for (const copy of [slot.current, slot.previous]) {
      if (copy) for (const file of parseManifest(copy.manifest).values()) needed.add(blobAddress(file.sha256));
    }
  }
  const cache = await caches.open(BLOBS);
  for (const request of await cache.keys()) {
    if (!needed.has(request.url)) await cache.delete(request);
  }
}

/** @type {Promise<unknown>} Changes run one after another, so that none drops what another one has just fetched. */
let queue = Promise.resolve();

/**
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
function enqueue(work) {
  const done = queue.then(work);
  // One that failed must not stop those after it.
  queue = done.catch(() => undefined);
  return done;
}

/** @type {Set<string>} Keys that are being saved for the first time. */
const saving = new Set();

/** @type {Set<string>} Keys whose failure could not be written down: a full phone refuses that too. */
const failing = new Set();

/**
 * Bring the copy of `key` to `target`, by default to what the channel names.
 *
 * @param {string} key
 * @param {Target} [target]
 * @param {boolean} [repair] - Fetch the whole even when the copy says that it is the right one.
 * @returns {Promise<void>} Always resolves; a failure is kept in the slot and told to the pages.
 */
function keep(key, target, repair = false) {
  return enqueue(() => bring(key, target, repair));
}

/**
 * @param {string} key
 * @param {Target | undefined} target
 * @param {boolean} repair
 */
async function bring(key, target, repair) {
  let slot = await readSlot(key);
  try {
    if (!slot.current) {
      saving.add(key);
      await tell(slot);
    }
    const goal = target || (await channelTarget(key, hasFailed(slot)));
    if (!goal) return;
    if (repair) slot = { ...slot, current: null };
    if (slot.current && slot.current.digest === goal.slice) {
      if (slot.failed || slot.current.release !== goal.release) await settle(slot, goal);
    } else {
      const copy = await receive(slot, goal);
      await proveWhole(key, copy);
      if (await switchTo(key, copy)) await dropUnused();
    }
    failing.delete(key);
  } catch (error) {
    console.warn(`Doorwise: ${key} was not saved:`, String(error));
    await giveUp(key);
  } finally {
    saving.delete(key);
    await tell(await readSlot(key));
  }
}

/**
 * Note that `key` could not be saved, and give the room of what did arrive back to the phone.
 *
 * @param {string} key
 */
async function giveUp(key) {
  failing.add(key);
  try {
    await dropUnused();
    await writeSlot({ ...(await readSlot(key)), failed: true });
  } catch (error) {
    console.warn(`Doorwise: the failure was not written down:`, String(error));
  }
}

/**
 * The copy is already the right one: note the release that it now belongs to.
 *
 * @param {Slot} slot
 * @param {Target} goal
 */
async function settle(slot, goal) {
  const current = slot.current && { ...slot.current, release: goal.release };
  await writeSlot({ ...slot, current, failed: false });
}

/**
 * @param {string} key
 * @param {boolean} afresh
 * @returns {Promise<Target | null>} Null when this server no longer has `key`: the copy on the phone stays.
 */
async function channelTarget(key, afresh) {
  const channel = await askChannel(afresh);
  const slice = channel.slices[key];
  return slice ? { slice, release: channel.release } : null;
}

/** Look for a new release. A channel that cannot be reached changes nothing: the copies here are as whole as before. */
async function look() {
  const slots = await readSlots();
  let channel;
  try {
    channel = await askChannel(slots.some(hasFailed));
  } catch (_error) {
    return;
  }
  await noteRecalled(channel.recalled);
  if (isOpen(await readMeta("visit"))) return;
  for (const slot of slots) {
    const slice = channel.slices[slot.key];
    const { current } = slot;
    const stands = current?.digest === slice && current.release === channel.release && stateOf(slot) === "ready";
    if (slice && !stands) await keep(slot.key, { slice, release: channel.release });
  }
}

/**
 * Remember which texts were withdrawn. This does not wait for a visit to end: nobody may go on reading them.
 *
 * @param {unknown} recalled - Addresses.
 */
async function noteRecalled(recalled) {
  if (!Array.isArray(recalled)) return;
  const held = (await readMeta("recalled")) || [];
  if (JSON.stringify(held) !== JSON.stringify(recalled)) await writeMeta("recalled", recalled);
}

// --- telling the pages --------------------------------------------------------------------------------------------

/** @param {Slot} slot */
function hasFailed(slot) {
  return slot.failed || failing.has(slot.key);
}

/** @param {Slot} slot */
function stateOf(slot) {
  if (saving.has(slot.key)) return "saving";
  if (hasFailed(slot)) return "failed";
  return slot.current ? "ready" : "none";
}

/** @param {Slot} slot */
async function tell(slot) {
  const message = { type: "offline", key: slot.key, state: stateOf(slot), held: Boolean(slot.current) };
  for (const client of await self.clients.matchAll({ includeUncontrolled: true })) client.postMessage(message);
}

self.addEventListener("message", (event) => {
  const { data } = event;
  const port = event.ports[0];
  event.waitUntil(
    handle(data || {}, event)
      .then((answer) => port?.postMessage(answer))
      .catch(async (error) => {
        port?.postMessage({ error: String(error) });
        // No storage at all: nothing is kept, and the page must not go on saying that it is being saved.
        if (data?.key) await tell({ key: data.key, current: null, previous: null, failed: true });
      }),
  );
});

/**
 * What a page may ask for.
 *
 * @param {any} data - `{ type: "opened", key, slice, release }`, `{ type: "keep", key }`, `{ type: "forget", key }`,
 *   `{ type: "status", key }` or `{ type: "visit", open }`.
 * @param {ExtendableMessageEvent} event
 * @returns {Promise<unknown>}
 */
async function handle(data, event) {
  if (data.type === "visit") {
    await writeMeta("visit", data.open ? { at: Date.now() } : undefined);
    // Whoever ended the visit is waiting for this answer, not for a download.
    if (!data.open) event.waitUntil(look());
    return { ok: true };
  }
  if (!KEY.test(`${data.key}/`)) return { error: "no such key" };
  if (data.type === "opened") {
    await rememberLast(data.key);
    const slot = await readSlot(data.key);
    if (!slot.current) await keep(data.key, data.slice ? { slice: data.slice, release: data.release } : undefined);
    else await tell(slot);
  } else if (data.type === "keep") {
    await keep(data.key);
  } else if (data.type === "forget") {
    await enqueue(() => forget(data.key));
  }
  const slot = await readSlot(data.key);
  return { key: data.key, state: stateOf(slot), held: Boolean(slot.current) };
}

/** @param {string} key */
async function rememberLast(key) {
  if ((await readMeta("last")) === key) return;
  // On a full phone the choice is lost; the copy matters more.
  await writeMeta("last", key).catch(() => undefined);
}

/** @param {string} key */
async function forget(key) {
  await transact("readwrite", (slots) => slots.delete(key));
  failing.delete(key);
  await dropUnused();
}

// --- answering ----------------------------------------------------------------------------------------------------

self.addEventListener("install", (event) => {
  // Chromium may send a navigation to the network while it starts the worker, and throw the answer away. That would cost
  // bytes, and tell the server which page is opened. A rule that leaves every address to the worker stops it.
  const { addRoutes } = /** @type {any} */ (event);
  if (addRoutes) {
    const everything = { urlPattern: new URL("*", SCOPE).pathname };
    event.waitUntil(addRoutes.call(event, { condition: everything, source: "fetch-event" }).catch(() => undefined));
  }
});

self.addEventListener("activate", (event) => {
  // The first visit is served from the network; claiming its page lets it work offline without a reload.
  event.waitUntil(self.clients.claim());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== SCOPE.origin || !url.pathname.startsWith(SCOPE.pathname)) return;
  const path = url.pathname.slice(SCOPE.pathname.length);
  if (UNTOUCHED.test(path)) return;
  event.respondWith(answer(path, event));
});

/**
 * @param {string} path - Relative to the scope.
 * @param {FetchEvent} event
 * @returns {Promise<Response>}
 */
async function answer(path, event) {
  const { request } = event;
  const found = path.startsWith("b/") ? await answerAsset(path) : await answerPage(path, event);
  if (found) return found;
  try {
    return await fetch(request);
  } catch (error) {
    const fallback = request.mode === "navigate" && (await answerMissing(path));
    if (fallback) return fallback;
    throw error;
  }
}

/**
 * A stylesheet, script or icon: named by its digest, so any copy of it is the right one.
 *
 * @param {string} path
 * @returns {Promise<Response | null>}
 */
async function answerAsset(path) {
  for (const slot of await readSlots()) {
    for (const copy of [slot.current, slot.previous]) {
      const file = copy && parseManifest(copy.manifest).get(path);
      const bytes = file && (await readBlob(file.sha256));
      if (file && bytes) return respond(bytes, file.type, 200);
    }
  }
  return null;
}

/**
 * @param {string} path
 * @param {FetchEvent} event
 * @returns {Promise<Response | null>} Null when this phone does not hold the page.
 */
async function answerPage(path, event) {
  if (path === "") {
    const last = await readMeta("last");
    const home = last && (await readSlot(last)).current;
    return home ? Response.redirect(`${SCOPE.href}${last}/`, 302) : null;
  }
  const match = KEY.exec(path);
  const slot = match && (await readSlot(match[1]));
  if (!slot?.current) return null;
  const files = parseManifest(slot.current.manifest);
  const file = files.get(path);
  if (!file) return files.has(`${path}/`) ? Response.redirect(`${SCOPE.href}${path}/`, 301) : null;
  const withdrawn = `${slot.key}/withdrawn/`;
  if (files.has(withdrawn) && ((await readMeta("recalled")) || []).includes(path)) {
    event.waitUntil(look());
    return Response.redirect(SCOPE.href + withdrawn, 302);
  }
  const response = await openPage(slot, file, 200);
  if (!response) event.waitUntil(keep(slot.key, undefined, true));
  else if (event.request.mode === "navigate") event.waitUntil(look());
  return response;
}

/**
 * The page that says so and leads to the visit screen: of the address's own locale, else of the last used one, else of
 * any that is kept. The entrance leads to that one's home.
 *
 * @param {string} path
 * @returns {Promise<Response | null>}
 */
async function answerMissing(path) {
  const slots = await readSlots();
  const wanted = [KEY.exec(path)?.[1], await readMeta("last"), ...slots.map((slot) => slot.key)];
  const key = wanted.find((name) => slots.some((slot) => slot.key === name && slot.current));
  if (!key || path === `${key}/missing/`) return null;
  // The page's links are relative to its own address, so the reader is sent there.
  return Response.redirect(`${SCOPE.href}${key}/${path === "" ? "" : "missing/"}`, 302);
}

/**
 * @param {Slot} slot
 * @param {{ sha256: string, type: string }} file
 * @param {number} status
 * @returns {Promise<Response | null>}
 */
async function openPage(slot, file, status) {
  const bytes = await readBlob(file.sha256);
  if (!bytes || !slot.current) return null;
  if (!file.type.startsWith("text/html")) return respond(bytes, file.type, status);
  const { digest, release } = slot.current;
  const filled = `data-offline="${stateOf(slot)}" data-held data-release="${release}" data-slice="${digest}"`;
  return respond(new TextDecoder().decode(bytes).replace(BLANK, filled), file.type, status);
}

/**
 * @param {BodyInit} body
 * @param {string} type
 * @param {number} status
 */
function respond(body, type, status) {
  return new Response(body, { status, headers: { ...SECURITY, "Content-Type": type } });
}
