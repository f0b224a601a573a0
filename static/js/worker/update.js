import { dropUnneededBlobs } from "./blobs.js";
import { downloadCopy, fetchChannel } from "./download.js";
import { checkFiles, isCheckDue, lacksFile, lookForFiles, waitUntilIdle } from "./look.js";
import { SPARE, writeSpare } from "./spare.js";
import { findSlot, findState, isVisitOpen, readState, removeSlot, switchCopy, writeMeta, writeSlot } from "./state.js";
import { failing, isReady, notifyPages, saving } from "./status.js";

/**
 * @typedef {import("./state.js").Slot} Slot
 * @typedef {import("./download.js").Target} Target
 */

/** @type {Promise<unknown>} Changes run one after another, so that none drops what another one has just fetched. */
let queue = Promise.resolve();

/**
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
function enqueueChange(work) {
  const done = queue.then(work);
  // One that failed must not stop those after it.
  queue = done.catch(() => undefined);
  return done;
}

/**
 * Bring the copy of `key` to `target`, by default to what the channel names, and mend what is missing of it. While a visit
 * holds the copy it only mends.
 *
 * @param {string} key
 * @param {Target} [target]
 * @returns {Promise<void>} Always resolves; a failure is kept in the slot and told to the pages.
 */
export function requestUpdate(key, target) {
  return enqueueChange(async () => {
    try {
      await updateSlot(key, target);
    } catch (error) {
      console.warn(`Doorwise: ${key} was not saved:`, String(error));
      await markFailed(key);
    }
    saving.delete(key);
    await lookForFiles(findSlot(await findState(), key));
    await notifyPages(key).catch(() => undefined);
  });
}

/**
 * Bring the copy that a reader has just opened back to what it was: all of it is there, or is fetched again.
 *
 * @param {Slot} slot
 */
export async function mendCopy(slot) {
  if (!(await lookForFiles(slot))) await requestUpdate(slot.key);
}

/**
 * Return the copy itself as the target while a visit holds it; else undefined, for what the channel names.
 *
 * @param {import("./state.js").State} state
 * @param {Slot} slot
 * @returns {Target | undefined}
 */
function chooseOwnTarget(state, { current }) {
  return current && isVisitOpen(state) ? { slice: current.digest, release: current.release } : undefined;
}

/**
 * Check every byte of the copy when that is due, and mend what is wrong.
 *
 * @param {string} key
 * @param {boolean} [soon] - At once, not only when the phone is idle.
 */
export async function checkCopy(key, soon = false) {
  const before = await findState();
  if (before.isBroken || !isCheckDue(findSlot(before, key))) return;
  if (!soon) await waitUntilIdle();
  await enqueueChange(async () => {
    const slot = findSlot(await readState(), key);
    if (isCheckDue(slot)) await checkFiles(slot);
  });
  await mendCopy(findSlot(await findState(), key));
  await notifyPages(key);
}

/**
 * @param {string} key
 * @param {Target | undefined} target
 */
async function updateSlot(key, target) {
  const state = await readState();
  const slot = findSlot(state, key);
  const isWhole = await lookForFiles(slot);
  if (!isWhole) {
    saving.add(key);
    await notifyPages(key);
  }
  // Whoever asks: what a visit would refuse is not downloaded, and would close no gap.
  const goal = chooseOwnTarget(state, slot) || target || (await fetchTarget(key));
  if (!goal) return;
  if (isWhole && slot.current?.digest === goal.slice) {
    if (slot.failed || slot.current.release !== goal.release) await writeRelease(slot, goal);
  } else {
    const { copy, isChecked } = await downloadCopy(slot, goal);
    // Refused by a visit that has begun meanwhile, the files of the new copy are the unused ones.
    await switchCopy(key, copy, isChecked);
    await dropUnusedFiles();
  }
  failing.delete(key);
}

/**
 * @param {string} key
 * @returns {Promise<Target | null>} Null when this server no longer has `key`: the copy on the phone stays.
 */
async function fetchTarget(key) {
  const channel = await fetchChannel();
  const slice = channel.slices[key];
  return slice ? { slice, release: channel.release } : null;
}

/**
 * Save to which release the copy now belongs: it is already the right one.
 *
 * @param {Slot} slot
 * @param {Target} goal
 */
async function writeRelease(slot, goal) {
  const current = slot.current && { ...slot.current, release: goal.release };
  await writeSlot({ ...slot, current, failed: false });
}

/**
 * Note that `key` could not be saved, and give the room of what did arrive back to the phone.
 *
 * @param {string} key
 */
async function markFailed(key) {
  failing.add(key);
  try {
    await dropUnusedFiles();
    await writeSlot({ ...findSlot(await readState(), key), failed: true });
  } catch (_error) {
    // A phone without room refuses this too; `failing` knows it.
  }
}

/** Drop the files that no copy needs any more. Runs in the queue: between downloads, never beside one. */
async function dropUnusedFiles() {
  const state = await readState();
  await writeSpare(state);
  await dropUnneededBlobs(state.slots.flatMap((slot) => [slot.current, slot.previous]));
}

/** @param {string} key */
export function forgetCopy(key) {
  return enqueueChange(async () => {
    // First of all: a database without slots would be filled again from it.
    await caches.delete(SPARE);
    await removeSlot(key);
    failing.delete(key);
    await dropUnusedFiles();
  });
}

/** Look for a new release. A channel that cannot be reached changes nothing: the copies here are as whole as before. */
export async function checkForUpdate() {
  const before = await findState();
  if (before.isBroken) return;
  const channel = await fetchChannel().catch(() => null);
  if (channel) {
    await writeRecalled(channel.recalled);
    const state = await readState();
    for (const slot of state.slots) {
      const target = chooseTarget(state, slot, channel);
      if (target) await requestUpdate(slot.key, target);
    }
  }
  await enqueueChange(async () => writeSpare(await readState()));
}

/**
 * Return what a copy should become now; null when it is that already. During a visit it stays what it is, and whole.
 *
 * @param {import("./state.js").State} state
 * @param {Slot} slot
 * @param {import("./download.js").Channel} channel
 * @returns {Target | null}
 */
function chooseTarget(state, slot, { slices, release }) {
  if (isVisitOpen(state)) return (lacksFile(slot) && chooseOwnTarget(state, slot)) || null;
  const slice = slices[slot.key];
  const isCurrent = slot.current?.digest === slice && slot.current.release === release && isReady(slot);
  return slice && !isCurrent ? { slice, release } : null;
}

/**
 * Save which texts were withdrawn, and tell the open pages. This does not wait for a visit to end: nobody may go on
 * reading them.
 *
 * @param {unknown} recalled - Addresses.
 */
async function writeRecalled(recalled) {
  if (!Array.isArray(recalled)) return;
  const state = await readState();
  if (JSON.stringify(state.recalled || []) === JSON.stringify(recalled)) return;
  await writeMeta("recalled", recalled);
  for (const { key } of state.slots) await notifyPages(key);
}
