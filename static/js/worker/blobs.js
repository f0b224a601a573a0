import { BLOBS, useCache } from "../core/cache.js";
import { SCOPE } from "./config.js";
import { parseManifest } from "./container.js";

/**
 * @param {BufferSource} bytes
 * @returns {Promise<string>} SHA-256 in lower-case hex.
 */
export async function computeSha256(bytes) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {string} digest */
function makeBlobAddress(digest) {
  return `${SCOPE.href}b/${digest}`;
}

/**
 * @param {string} digest
 * @returns {Promise<Uint8Array<ArrayBuffer> | null>}
 */
export function readBlob(digest) {
  return useCache(BLOBS, async (cache) => {
    const response = await cache.match(makeBlobAddress(digest));
    return response ? new Uint8Array(await response.arrayBuffer()) : null;
  });
}

/**
 * Return whether the file is here with the bytes that it should have.
 *
 * @param {string} digest
 */
export async function holdsBlob(digest) {
  const bytes = await readBlob(digest);
  return bytes !== null && (await computeSha256(bytes)) === digest;
}

/**
 * Keep `bytes` under `digest`.
 *
 * @param {string} digest
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @throws {Error} The bytes have another digest, or there is no room.
 */
export async function writeBlob(digest, bytes) {
  if ((await computeSha256(bytes)) !== digest) throw new Error(`${digest} has other bytes`);
  // A good copy is left alone: to overwrite is to remove first, and the browser may be killed in between.
  if (await holdsBlob(digest)) return;
  await useCache(BLOBS, (cache) => cache.put(makeBlobAddress(digest), new Response(bytes)));
}

/**
 * Return whether every file of a copy is here.
 *
 * @param {import("./state.js").Copy} copy
 * @returns {Promise<boolean>}
 */
export function holdsAllFiles(copy) {
  return useCache(BLOBS, async (cache) => {
    const held = new Set((await cache.keys()).map((request) => request.url));
    return Array.from(parseManifest(copy.manifest).values()).every((file) => held.has(makeBlobAddress(file.sha256)));
  });
}

/**
 * Remove every file of `copy` that has other bytes than it should have.
 *
 * @param {import("./state.js").Copy} copy
 */
export async function dropWrongBlobs(copy) {
  for (const { sha256: digest } of parseManifest(copy.manifest).values()) {
    const bytes = await readBlob(digest);
    if (!bytes || (await computeSha256(bytes)) === digest) continue;
    console.warn(`Doorwise: ${digest} has other bytes on this phone`);
    await useCache(BLOBS, (cache) => cache.delete(makeBlobAddress(digest)));
  }
}

/**
 * Remove every file that none of `copies` needs.
 *
 * @param {(import("./state.js").Copy | null)[]} copies
 */
export async function dropUnneededBlobs(copies) {
  const needed = new Set();
  for (const copy of copies) {
    for (const file of copy ? parseManifest(copy.manifest).values() : []) needed.add(makeBlobAddress(file.sha256));
  }
  await useCache(BLOBS, async (cache) => {
    for (const request of await cache.keys()) if (!needed.has(request.url)) await cache.delete(request);
  });
}
