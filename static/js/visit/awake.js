let kept = false;

/**
 * Keep the screen on while a visit is open. Where the phone cannot, nothing else depends on it.
 */
export async function keepAwake() {
  const { wakeLock } = /** @type {any} */ (navigator);
  if (!wakeLock || kept) return;
  kept = true;
  const request = () => wakeLock.request("screen").catch(() => undefined);
  await request();
  // The lock is lost whenever the page is hidden, for example while dialling.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") request();
  });
}
