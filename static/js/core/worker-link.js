import { BLOBS, useCache } from "./cache.js";
import { findParts, page } from "./dom.js";
import { warnIfLate } from "./late.js";
import { withTimeLimit } from "./limit.js";
import { showWithdrawn } from "./withdrawn.js";

const ANSWER_TIMEOUT_MS = 10000;
// A download on the slowest of networks: longer than the worker's own time limits together.
const KEEP_TIMEOUT_MS = 300000;
// What may take so long: whoever asks for it waits for a download.
const LONG = ["opened", "seen", "keep"];
// The worker's script is 6 KB. Where registering or installing it has not ended by then it may never.
const REGISTER_LIMIT_MS = 30000;
let areFilesBroken = false;

/**
 * @typedef {{ state: string, held: boolean, broken: boolean, recalled?: string[] }} Status - Of a copy; `broken`: this
 *   phone's storage is; `recalled`: the addresses of withdrawn texts.
 */

/**
 * Ask the worker something and wait for its answer.
 *
 * @param {{ type: string, key?: string, open?: boolean, slice?: string, release?: string }} message
 * @returns {Promise<Status | null>} Null where no worker runs, when it does not answer in time, or when it cannot.
 */
export async function askWorker(message) {
  if (!("serviceWorker" in navigator)) return null;
  const finding = navigator.serviceWorker.getRegistration(page.root);
  const registration = await withTimeLimit(finding, ANSWER_TIMEOUT_MS).catch(() => undefined);
  const worker = registration?.active;
  if (!worker) return null;
  return new Promise((resolve) => {
    const channel = new MessageChannel();
    const timer = setTimeout(() => resolve(null), LONG.includes(message.type) ? KEEP_TIMEOUT_MS : ANSWER_TIMEOUT_MS);
    channel.port1.onmessage = (event) => {
      clearTimeout(timer);
      resolve(event.data.error ? null : event.data);
    };
    worker.postMessage(message, [channel.port2]);
  });
}

/**
 * Show whether this (region, locale) is wholly on this phone.
 *
 * @param {Status} status
 */
function showCopyStatus({ state, held, broken, recalled }) {
  const root = document.documentElement;
  root.dataset.offline = state;
  root.toggleAttribute("data-held", held);
  root.toggleAttribute("data-broken", Boolean(broken) || areFilesBroken);
  if (recalled) showWithdrawn(recalled);
}

/**
 * Register the worker, have it keep this (region, locale), and show how that goes.
 *
 * The page says `saving` from the start of the first visit; from then on it only repeats what the worker says.
 */
export async function startOfflineCopy() {
  const root = document.documentElement;
  root.toggleAttribute("data-insecure", !isSecureContext);
  for (const button of findParts(document, "[data-retry]")) button.addEventListener("click", retrySaving);
  if (!("serviceWorker" in navigator) || !("indexedDB" in window) || !("caches" in window)) return;
  navigator.serviceWorker.addEventListener("message", ({ data }) => {
    // The worker that retires another one names no key: nothing is kept any more.
    if (data?.type === "offline" && (data.key === page.key || data.key === null)) showCopyStatus(data);
  });
  // A phone that was put away ends the worker, perhaps in the middle of a first download; and what is read here may have
  // been withdrawn since.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") connectToWorker("seen");
  });
  window.addEventListener("online", () => connectToWorker("seen"));
  if (root.dataset.offline === "none") {
    root.dataset.offline = "saving";
    prefetchBundle().catch(() => undefined);
  }
  await connectToWorker("opened");
}

/** Fetch the bundle that the worker will save while it is itself on its way: a second less on a slow network. */
async function prefetchBundle() {
  if (navigator.serviceWorker.controller) return;
  const answer = await fetch(`${page.root}b/${document.documentElement.dataset.slice}.bundle`, { credentials: "omit" });
  await answer.arrayBuffer();
}

/**
 * Register the worker, tell it what this page is, and show what it answers.
 *
 * @param {string} type - `opened`, `seen` (in view again) or `keep` (somebody asks for another attempt).
 */
async function connectToWorker(type) {
  const { slice, release } = document.documentElement.dataset;
  let answer = null;
  tryFileStorage();
  try {
    // One that comes late still counts, and then says so itself.
    await warnIfLate(registerWorker(), showSavingFailed, REGISTER_LIMIT_MS);
    answer = await askWorker({ type, key: page.key, slice, release });
  } catch (_error) {
    // Offline, the registration of a worker that is already here may fail: what it keeps still stands.
  }
  if (answer) showCopyStatus(answer);
  else showSavingFailed();
}

/** Try whether Cache Storage works. Where it does not, Firefox cannot even start the worker that would say so. */
async function tryFileStorage() {
  try {
    await useCache(BLOBS, () => undefined);
    areFilesBroken = false;
  } catch (_error) {
    areFilesBroken = true;
    document.documentElement.setAttribute("data-broken", "");
    showSavingFailed();
  }
}

/** Show that nothing is known to be saved: nobody has said so, and it is no longer waited for. */
function showSavingFailed() {
  const root = document.documentElement;
  if (root.dataset.offline !== "saving") return;
  root.dataset.offline = "failed";
  root.removeAttribute("data-held");
}

/** Register the worker, and wait until one is active. */
async function registerWorker() {
  const { serviceWorker } = navigator;
  const script = `${page.root}sw.js`;
  /** @type {RegistrationOptions} */
  const options = { scope: page.root, updateViaCache: "none" };
  const registration = await serviceWorker.register(script, options).catch(async () => {
    // What came may be damaged and lie in the browser's own cache, where the server would confirm it by its tag for ever.
    await fetch(script, { cache: "reload" });
    return serviceWorker.register(script, options);
  });
  // Browsers that only pretend to have workers answer with nothing.
  if (!registration) throw new Error("no worker");
  await serviceWorker.ready;
}

/** Ask the worker to save once more, because somebody tapped the button. */
function retrySaving() {
  document.documentElement.dataset.offline = "saving";
  return connectToWorker("keep");
}

/** Ask the browser not to throw the copy away. Only after the person has acted, and never during a visit. */
export async function askToPersist() {
  if (navigator.storage?.persist) {
    await navigator.storage.persist().catch(() => false);
  }
}
