/**
 * Wait for `promise`, but no longer than `limitMs`.
 *
 * @template T
 * @param {Promise<T>} promise
 * @param {number} limitMs
 * @param {() => void} [stop] - Called at the limit: ends what nobody waits for any more.
 * @returns {Promise<T>}
 * @throws {DOMException} A TimeoutError, at the limit.
 */
export function within(promise, limitMs, stop) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      if (stop) stop();
      reject(new DOMException(`no answer within ${limitMs} ms`, "TimeoutError"));
    }, limitMs);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
