import { withTimeLimit } from "../core/limit.js";
import { readBlob } from "./blobs.js";
import { KEY, SCOPE } from "./config.js";
import { parseManifest } from "./container.js";
import { noteUse } from "./look.js";
import { findSlot, findStateQuickly } from "./state.js";
import { buildStatus } from "./status.js";
import { checkForUpdate, requestUpdate } from "./update.js";

// Storage that has not given a file by then is passed over.
const LOOK_LIMIT_MS = 1000;
// With broken storage the server's page comes first; one that does not come is not waited for if the phone has it.
const NETWORK_LIMIT_MS = 2500;

/** @typedef {import("./state.js").State} State */

/**
 * Answer from this phone, else from the network; with broken storage the other way round. Storage never makes it fail.
 *
 * @param {string} path - Relative to the scope.
 * @param {FetchEvent} event
 * @returns {Promise<Response>}
 */
export async function answerRequest(path, event) {
  noteUse();
  const state = await findStateQuickly();
  const isAsset = path.startsWith("b/");
  const finding = (isAsset ? findAsset : findPage)(path, state, event).catch((error) => {
    console.warn(`Doorwise: ${path} was not read from this phone:`, String(error));
    return null;
  });
  const held = await withTimeLimit(finding, LOOK_LIMIT_MS).catch(() => null);
  if (held && (isAsset || !state.isBroken)) return held;
  try {
    const fetching = fetch(event.request);
    const response = await (held ? withTimeLimit(fetching, NETWORK_LIMIT_MS) : fetching);
    return held && response.status >= 500 ? held : response;
  } catch (error) {
    // Without a network slow storage is better than none.
    const fallback = (await finding) || (event.request.mode === "navigate" && redirectMissing(path, state));
    if (fallback) return fallback;
    throw error;
  }
}

/**
 * Return a stylesheet, script or icon: named by its digest, so any copy of it is the right one.
 *
 * @param {string} path
 * @param {State} state
 * @param {FetchEvent} event
 * @returns {Promise<Response | null>} Null when this phone does not hold it.
 */
async function findAsset(path, state, event) {
  for (const slot of state.slots) {
    for (const copy of [slot.current, slot.previous]) {
      const file = copy && parseManifest(copy.manifest).get(path);
      const bytes = file && (await readBlob(file.sha256));
      if (bytes) return makeResponse(bytes, file.type);
      if (file && copy === slot.current) event.waitUntil(requestUpdate(slot.key));
    }
  }
  return null;
}

/**
 * @param {string} path
 * @param {State} state
 * @param {FetchEvent} event
 * @returns {Promise<Response | null>} Null when this phone does not hold it.
 */
async function findPage(path, state, event) {
  if (path === "") {
    const { last } = state;
    return last && findSlot(state, last).current ? Response.redirect(`${SCOPE.href}${last}/`, 302) : null;
  }
  const match = KEY.exec(path);
  const slot = match && findSlot(state, match[1]);
  if (!slot?.current) return null;
  const files = parseManifest(slot.current.manifest);
  const file = files.get(path);
  if (!file) return files.has(`${path}/`) ? Response.redirect(`${SCOPE.href}${path}/`, 301) : null;
  const withdrawn = `${slot.key}/withdrawn/`;
  if (files.has(withdrawn) && (state.recalled || []).includes(path)) {
    event.waitUntil(checkForUpdate());
    return Response.redirect(SCOPE.href + withdrawn, 302);
  }
  const bytes = await readBlob(file.sha256);
  if (!bytes) event.waitUntil(requestUpdate(slot.key));
  else if (event.request.mode === "navigate") event.waitUntil(checkForUpdate());
  return bytes && makeResponse(file.type.startsWith("text/html") ? fillMarks(bytes, state, slot) : bytes, file.type);
}

/**
 * Lead the reader to the page that says so and leads on to the visit screen: of the address's own locale, else of the last
 * used one, else of any that is kept. The entrance leads to that one's home.
 *
 * @param {string} path
 * @param {State} state
 * @returns {Response | null}
 */
function redirectMissing(path, state) {
  const wanted = [KEY.exec(path)?.[1], state.last, ...state.slots.map((slot) => slot.key)];
  const key = wanted.find((name) => name && findSlot(state, name).current);
  if (!key || path === `${key}/missing/`) return null;
  // The page's links are relative to its own address, so the reader is sent there.
  return Response.redirect(`${SCOPE.href}${key}/${path === "" ? "" : "missing/"}`, 302);
}

/**
 * Return a page with its blank marks filled: its release, and how it is saved.
 *
 * @param {Uint8Array<ArrayBuffer>} page
 * @param {State} state
 * @param {import("./state.js").Slot} slot
 */
function fillMarks(page, state, slot) {
  const status = buildStatus(state, slot.key);
  const flags = (status.held ? " data-held" : "") + (status.broken ? " data-broken" : "");
  const marks = `data-release="${slot.current?.release}" data-slice="${slot.current?.digest}"`;
  return new TextDecoder().decode(page).replace(BLANK, `data-offline="${status.state}"${flags} ${marks}`);
}

/**
 * @param {BodyInit} body
 * @param {string} type
 */
function makeResponse(body, type) {
  return new Response(body, { headers: { ...SECURITY, "Content-Type": type } });
}
