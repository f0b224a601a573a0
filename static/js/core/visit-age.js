// A visit that nobody ended is over after twelve hours: the next tap begins a new one, and the worker no longer holds
// its release.
const VISIT_LASTS_MS = 12 * 60 * 60 * 1000;

/**
 * Return whether a visit that began then may still be going on.
 *
 * @param {number} beganMs - By the phone's clock, which may have been wrong then or may be wrong now: a beginning that lies
 *   far ahead is no more recent than one that lies far back.
 * @param {number} [nowMs]
 * @returns {boolean}
 */
export function isRecent(beganMs, nowMs = Date.now()) {
  return Math.abs(nowMs - beganMs) <= VISIT_LASTS_MS;
}
