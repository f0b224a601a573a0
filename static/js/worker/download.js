import { computeSha256, holdsAllFiles, holdsBlob, readBlob, writeBlob } from "./blobs.js";
import { SCOPE } from "./config.js";
import { applyPatch, formatManifest, parseContainer, parseManifest } from "./container.js";
import { hasFailed } from "./status.js";

const DOWNLOAD_TIMEOUT_MS = 120000;
const CHANNEL_TIMEOUT_MS = 20000;

/**
 * @typedef {import("./state.js").Copy} Copy
 * @typedef {import("./state.js").Slot} Slot
 * @typedef {{ slice: string, release: string }} Target - What a slot should become.
 * @typedef {{ release: string, slices: Record<string, string>, recalled?: unknown }} Channel
 */

/**
 * @param {string} path - Relative to the scope.
 * @param {number} timeoutMs
 * @param {RequestCache} cache
 * @returns {Promise<Response>}
 */
async function fetchWithTimeout(path, timeoutMs, cache) {
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
 * Fetch the channel past every cache: what one holds may be damaged, or older than a withdrawal. Caches between here and
 * the server that are told to keep it go by its address, so each look has an address of its own.
 *
 * @returns {Promise<Channel>}
 */
export async function fetchChannel() {
  const response = await fetchWithTimeout(`channel.json?${Math.random()}`, CHANNEL_TIMEOUT_MS, "no-store");
  if (!response.ok) throw new Error(`channel: ${response.status}`);
  const channel = await response.json().catch(() => null);
  if (typeof channel?.release === "string" && typeof channel.slices === "object" && channel.slices) return channel;
  throw new Error("channel: not one");
}

/**
 * Fetch what turns the copy in `slot` into `target`, check every file, and keep the files.
 *
 * @param {Slot} slot
 * @param {Target} target
 * @returns {Promise<{ copy: Copy, isChecked: boolean }>} Whole, and its home and visit pages have been opened once as a
 *   reader would. `isChecked`: every file of it has just been checked; an update checks only those that it brings.
 * @throws {Error} Anything is missing, altered or does not fit on this phone.
 */
export async function downloadCopy(slot, target) {
  const { copy, isChecked } = await unpackContainer(await fetchContainer(slot, target), slot, target);
  if (!(await holdsAllFiles(copy))) throw new Error("a file is missing");
  const files = parseManifest(copy.manifest);
  for (const path of [`${slot.key}/`, `${slot.key}/now/`]) {
    const file = files.get(path);
    if (!file || !(await holdsBlob(file.sha256))) throw new Error(`${path} is missing`);
  }
  return { copy, isChecked };
}

/**
 * @param {Slot} slot
 * @param {Target} target
 */
async function fetchContainer(slot, target) {
  // An update is made of what is here already; where that has a gap, only the whole can close it.
  if (slot.current && slot.current.digest !== target.slice && (await holdsAllFiles(slot.current))) {
    const name = `b/${target.slice}.from.${slot.current.digest}`;
    const update = await fetchWithTimeout(name, DOWNLOAD_TIMEOUT_MS, "no-store");
    // The server makes updates for its last releases only; an older phone takes the whole.
    if (update.status !== 404) return update;
  }
  // The first page that was opened has asked for it already; what came then may have been damaged.
  const cache = slot.current || hasFailed(slot) ? "no-store" : "default";
  return fetchWithTimeout(`b/${target.slice}.bundle`, DOWNLOAD_TIMEOUT_MS, cache);
}

/**
 * @param {Response} response
 * @param {Slot} slot
 * @param {Target} target
 * @returns {Promise<{ copy: Copy, isChecked: boolean }>}
 */
async function unpackContainer(response, slot, target) {
  if (!response.ok) throw new Error(`download: ${response.status}`);
  const { index, body } = parseContainer(await response.arrayBuffer());
  if (index.slice !== target.slice) throw new Error("another release");
  const manifest = index.kind === "whole" ? index.manifest : updateManifest(slot, index);
  if ((await computeSha256(new TextEncoder().encode(manifest))) !== target.slice) throw new Error("another release");

  for (const [number, [digest]] of index.parts.entries()) await writeBlob(digest, body(number));
  for (const [digest, from, operations] of index.kind === "update" ? index.patches : []) {
    const old = await readBlob(from);
    if (!old) throw new Error(`${from} is missing`);
    await writeBlob(digest, applyPatch(old, operations));
  }
  await fetchShell(manifest);
  return { copy: { digest: target.slice, release: target.release, manifest }, isChecked: index.kind === "whole" };
}

/**
 * @param {Slot} slot
 * @param {import("./container.js").Index} index
 */
function updateManifest(slot, index) {
  if (index.kind !== "update" || !slot.current || index.from !== slot.current.digest) {
    throw new Error("an update of another release");
  }
  const files = parseManifest(slot.current.manifest);
  for (const path of index.drop) files.delete(path);
  for (const [path, digest, type] of index.set) files.set(path, { sha256: digest, type });
  return formatManifest(files);
}

/**
 * @param {string} path
 * @param {RequestCache} cache
 */
async function fetchBytes(path, cache) {
  return (await fetchWithTimeout(path, DOWNLOAD_TIMEOUT_MS, cache)).arrayBuffer();
}

/**
 * Keep the shell's files (stylesheet, script, icon), which no whole container carries: the page has just fetched them, and
 * under their addresses they never change, so the browser's own cache answers. A damaged one there is fetched again, and one
 * that an optimiser on the way has rewritten under an address that names no type.
 *
 * @param {string} manifest
 * @throws {Error} One of them is not what it should be.
 */
async function fetchShell(manifest) {
  for (const [path, file] of parseManifest(manifest)) {
    if (!path.startsWith("b/") || (await holdsBlob(file.sha256))) continue;
    let bytes = await fetchBytes(path, "default");
    if ((await computeSha256(bytes)) !== file.sha256) bytes = await fetchBytes(path, "reload");
    if ((await computeSha256(bytes)) !== file.sha256) bytes = await fetchBytes(`b/${file.sha256}.bin`, "reload");
    await writeBlob(file.sha256, new Uint8Array(bytes));
  }
}
