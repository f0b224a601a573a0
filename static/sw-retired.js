// The worker that removes a broken worker: it takes over without being asked, drops the copies that only a worker can
// serve, and unregisters. What the person entered and the log of visits belong to the pages and stay. No page is
// reloaded: one may be in use at a door. Served at /sw.js by `doorwise run --retire-worker`.
//
// A browser lets the old worker end what it is at before this one takes over; Chromium for five minutes at most.
"use strict";

self.addEventListener("install", () => {
  self.skipWaiting();
});

self.addEventListener("activate", (event) => {
  event.waitUntil(retire());
});

// While a page of its own is open, Chromium keeps even an unregistered worker, and gives it back, active as it was, to
// the next page that registers one. What that page says on opening is the moment to go again.
self.addEventListener("message", (event) => {
  event.waitUntil(retire());
});

async function retire() {
  // First of all: whatever fails after this, the broken worker answers nothing any more.
  await self.registration.unregister();
  for (const name of await caches.keys()) {
    if (name.startsWith("doorwise-")) await caches.delete(name);
  }
  await dropState();
  for (const client of await self.clients.matchAll({ includeUncontrolled: true })) {
    client.postMessage({ type: "offline", key: null, state: "none", held: false });
  }
}

/** @returns {Promise<void>} Resolves too when another worker holds the database open: it goes when that one ends. */
function dropState() {
  return new Promise((resolve) => {
    const request = indexedDB.deleteDatabase("doorwise-worker");
    request.onsuccess = () => resolve();
    request.onerror = () => resolve();
    request.onblocked = () => resolve();
  });
}
