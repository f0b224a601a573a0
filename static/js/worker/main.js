// The service worker: keeps whole releases on the phone and answers from them.
//
// What it guarantees (each tested by breaking it): a release is answered from only when every file of it is there and
// has its SHA-256; a failure leaves the old release serving; the release does not change while a visit is open; storage
// that refuses, hangs or was emptied keeps no page from opening while the network or the files are there.
//
// Where things are: file bodies in the cache `doorwise-blobs`, under their digest; for each kept (region, locale) one
// record in IndexedDB with the manifest of the current and of the previous release. Moving that record is one
// transaction, which is what makes a switch atomic (a Cache Storage entry that is overwritten can be lost in a crash).
// spare.js keeps a second list of the files for phones whose IndexedDB does not work.
//
// server/pwa/views.py joins these modules into one classic script, /sw.js: workers made of modules are too recent. It
// puts SECURITY and BLANK before them.
import { withTimeLimit } from "../core/limit.js";
import { answerRequest } from "./answer.js";
import { SCOPE } from "./config.js";
import { handleMessage } from "./messages.js";

// An installation must not wait for ever for what only saves bytes.
const ROUTES_LIMIT_MS = 5000;
const UNTOUCHED = /^(editor(\/|$)|channel\.json$|healthz$|sw\.js$)/;

self.addEventListener("install", (event) => {
  // Chromium may send a navigation to the network while it starts the worker, and throw the answer away. That would cost
  // bytes, and tell the server which page is opened. A rule that leaves every address to the worker stops it.
  const { addRoutes } = /** @type {{ addRoutes?: (rule: object) => Promise<void> }} */ (/** @type {unknown} */ (event));
  if (addRoutes) {
    const everything = { urlPattern: new URL("*", SCOPE).pathname };
    const adding = addRoutes.call(event, { condition: everything, source: "fetch-event" });
    event.waitUntil(withTimeLimit(adding, ROUTES_LIMIT_MS).catch(() => undefined));
  }
});

self.addEventListener("activate", (event) => {
  // The first visit is served from the network; claiming its page lets it work offline without a reload.
  event.waitUntil(self.clients.claim());
});

self.addEventListener("message", (event) => {
  /** @type {import("./messages.js").Message} */
  const message = event.data || {};
  const port = event.ports[0];
  event.waitUntil(
    handleMessage(message, event)
      .catch((error) => ({ error: String(error) }))
      .then((answer) => port?.postMessage(answer)),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== SCOPE.origin || !url.pathname.startsWith(SCOPE.pathname)) return;
  const path = url.pathname.slice(SCOPE.pathname.length);
  if (!UNTOUCHED.test(path)) event.respondWith(answerRequest(path, event));
});
