import { withTimeLimit } from "./limit.js";

/** The cache with the bodies of all files that this phone holds. */
export const BLOBS = "doorwise-blobs";
// So that a storage that has stopped to answer ends a download instead of holding all later ones back.
const CACHE_LIMIT_MS = 10000;

/**
 * Use a cache, for no longer than the limit.
 *
 * @template T
 * @param {string} name
 * @param {(cache: Cache) => T | Promise<T>} work
 * @returns {Promise<T>}
 */
export function useCache(name, work) {
  return withTimeLimit(
    // Not `caches.open(…).then`: a browser whose storage is broken may throw at once.
    (async () => work(await caches.open(name)))(),
    CACHE_LIMIT_MS,
  );
}
