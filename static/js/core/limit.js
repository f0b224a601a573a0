/**
 * Wait for `promise`, but no longer than `limitMs`. What it stands for goes on.
 *
 * @template T
 * @param {Promise<T>} promise
 * @param {number} limitMs
 * @returns {Promise<T>}
 * @throws {Error} At the limit.
 */
export function withTimeLimit(promise, limitMs) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no answer within ${limitMs} ms`)), limitMs);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
