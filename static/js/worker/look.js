import { dropWrongBlobs, holdsAllFiles } from "./blobs.js";
import { noteChecked } from "./state.js";

// "Saved whole" rests on two looks: that every file is there, at each opening; and that each has its SHA-256, twice a
// day while the phone is idle. What an earlier day's look found is no longer claimed.
const CHECK_EVERY_MS = 12 * 60 * 60 * 1000;
const CHECK_LASTS_MS = 24 * 60 * 60 * 1000;
const IDLE_MS = 3000;
let usedMs = 0;

/** @typedef {import("./state.js").Slot} Slot */

/** @type {Map<string, { digest: string, isWhole: boolean }>} By key: what this worker found when it last looked. */
const looks = new Map();

/** Note that a page or a file was asked for. */
export function noteUse() {
  usedMs = performance.now();
}

/**
 * Look whether every file of the copy is there.
 *
 * @param {Slot} slot
 * @returns {Promise<boolean>} False also where the phone does not say.
 */
export async function lookForFiles({ key, current }) {
  if (!current) return false;
  const found = await holdsAllFiles(current).catch(() => false);
  looks.set(key, { digest: current.digest, isWhole: found });
  return found;
}

/**
 * Return whether the copy is whole: each file was there when this worker last looked, and right at most a day ago.
 *
 * @param {Slot} slot
 * @returns {boolean | undefined} Undefined while that is not known.
 */
export function isKnownWhole(slot) {
  const look = looks.get(slot.key);
  if (!look || look.digest !== slot.current?.digest) return undefined;
  if (!look.isWhole) return false;
  return isCheckedWithin(slot, CHECK_LASTS_MS) || undefined;
}

/**
 * Return whether a file of the copy is known to be missing.
 *
 * @param {Slot} slot
 */
export function lacksFile(slot) {
  return isKnownWhole(slot) === false;
}

/** @param {Slot} slot */
export function isCheckDue(slot) {
  return slot.current !== null && !isCheckedWithin(slot, CHECK_EVERY_MS);
}

/**
 * @param {Slot} slot
 * @param {number} limitMs
 */
function isCheckedWithin({ checkedMs }, limitMs) {
  // The phone's clock may have been put back since.
  return checkedMs !== undefined && Math.abs(Date.now() - checkedMs) < limitMs;
}

/** Wait until no page or file has been asked for in the last seconds. */
export async function waitUntilIdle() {
  while (performance.now() - usedMs < IDLE_MS) await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
}

/**
 * Check the SHA-256 of every file of the copy. A file with other bytes is dropped: it is then missing, and is fetched again.
 *
 * @param {Slot} slot
 */
export async function checkFiles(slot) {
  if (!slot.current) return;
  await dropWrongBlobs(slot.current);
  await noteChecked(slot.key, slot.current.digest);
  await lookForFiles(slot);
}
