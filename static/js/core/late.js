/** A phone that has not answered after this long is shown as one that does not; an answer that comes later still counts. */
const LATE_MS = 2500;

/**
 * Call `onLate` when `promise` is still waiting after 2.5 seconds, or as long as is said.
 *
 * @template T
 * @param {Promise<T>} promise
 * @param {() => void} onLate
 * @param {number} [lateMs]
 * @returns {Promise<T>} The same promise.
 */
export function warnIfLate(promise, onLate, lateMs = LATE_MS) {
  const timer = setTimeout(onLate, lateMs);
  const stop = () => clearTimeout(timer);
  promise.then(stop, stop);
  return promise;
}

/**
 * Show `notice` when the phone's storage is late or fails, and hide it when it has answered.
 *
 * @template T
 * @param {Promise<T>} promise
 * @param {HTMLElement} notice
 * @returns {Promise<T | undefined>} Undefined when it failed.
 */
export async function awaitOrShowNotice(promise, notice) {
  const showNotice = () => {
    notice.hidden = false;
  };
  try {
    const answer = await warnIfLate(promise, showNotice);
    notice.hidden = true;
    return answer;
  } catch (_error) {
    showNotice();
    return undefined;
  }
}
