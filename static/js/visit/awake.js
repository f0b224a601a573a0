let isKept = false;

/** Keep the screen on while a visit is open. Where the phone cannot, nothing else depends on it. */
export function keepAwake() {
  const { wakeLock } = navigator;
  if (isKept || !wakeLock) return;
  isKept = true;
  const requestLock = () => wakeLock.request("screen").catch(() => undefined);
  requestLock();
  // The lock is lost whenever the page is hidden, for example while dialling.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") requestLock();
  });
}
