import { page } from "./dom.js";
import { showWithdrawn } from "./withdrawn.js";

const ANSWER_TIMEOUT_MS = 10000;
// A download on the slowest of networks: longer than the worker's own time limits together.
const KEEP_TIMEOUT_MS = 300000;

/**
 * @typedef {{ state: string, held: boolean, broken: boolean, recalled?: string[] }} Status - Of a copy; `broken`: this
 *   phone's storage is; `recalled`: the addresses of withdrawn texts.
 */

/**
 * Ask the worker something and wait for its answer.
 *
 * @param {{ type: string, key?: string, open?: boolean }} message
 * @returns {Promise<Status | null>} Null where no worker runs, when it does not answer in time, or when it cannot.
 */
export async function askWorker(message) {
  if (!("serviceWorker" in navigator)) return null;
  const registration = await navigator.serviceWorker.getRegistration(page.root).catch(() => undefined);
  const worker = registration?.active;
  if (!worker) return null;
  return new Promise((resolve) => {
    const channel = new MessageChannel();
    const timer = setTimeout(() => resolve(null), message.type === "keep" ? KEEP_TIMEOUT_MS : ANSWER_TIMEOUT_MS);
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
function showState({ state, held, broken, recalled }) {
  const root = document.documentElement;
  root.dataset.offline = state;
  root.toggleAttribute("data-held", held);
  root.toggleAttribute("data-broken", Boolean(broken));
  if (recalled) showWithdrawn(recalled);
}

/**
 * Register the worker, have it keep this (region, locale), and show how that goes.
 *
 * The page says `saving` from the start of the first visit; from then on it only repeats what the worker says.
 */
export async function startOffline() {
  const root = document.documentElement;
  for (const button of Array.from(document.querySelectorAll("[data-retry]"))) {
    button.addEventListener("click", retry);
  }
  if (!("serviceWorker" in navigator) || !("indexedDB" in window) || !("caches" in window)) return;
  navigator.serviceWorker.addEventListener("message", (event) => {
    const { data } = event;
    if (data && data.type === "offline" && data.key === page.key) showState(data);
  });
  // A phone that was put away ends the worker, perhaps in the middle of a first download; and what is read here may have
  // been withdrawn since.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") connect("seen");
  });
  window.addEventListener("online", () => connect("seen"));
  if (root.dataset.offline === "none") root.dataset.offline = "saving";
  await connect("opened");
}

/**
 * Register the worker and tell it what was opened here, or is in view again.
 *
 * @param {string} type
 */
async function connect(type) {
  const root = document.documentElement;
  try {
    // Browsers that only pretend to have workers answer with nothing.
    if (!(await register())) throw new Error("no worker");
    const registration = await navigator.serviceWorker.ready;
    if (registration.active) registration.active.postMessage(makeOpenedMessage(type));
  } catch (_error) {
    // Offline, the registration of a worker that is already here may fail: what it keeps still stands.
    if (root.dataset.offline === "saving")
      showState({ state: "failed", held: root.hasAttribute("data-held"), broken: false });
  }
}

/** @returns {Promise<ServiceWorkerRegistration>} */
async function register() {
  const script = `${page.root}sw.js`;
  /** @type {RegistrationOptions} */
  const options = { scope: page.root, updateViaCache: "none" };
  try {
    return await navigator.serviceWorker.register(script, options);
  } catch (_error) {
    // What came may be damaged and lie in the browser's own cache, where the server would confirm it by its tag for ever.
    await fetch(script, { cache: "reload" });
    return navigator.serviceWorker.register(script, options);
  }
}

/** @param {string} type */
function makeOpenedMessage(type) {
  const { slice, release } = document.documentElement.dataset;
  return { type, key: page.key, slice, release };
}

async function retry() {
  document.documentElement.dataset.offline = "saving";
  const answer = await askWorker({ type: "keep", key: page.key });
  if (answer?.state) showState(answer);
  else await connect("opened");
}

/** Ask the browser not to throw the copy away. Only after the person has acted, and never during a visit. */
export async function askToPersist() {
  if (navigator.storage?.persist) {
    await navigator.storage.persist().catch(() => false);
  }
}
