import { part, parts } from "../core/dom.js";

/**
 * The preview: made anew after each save, at the page and in the state that were chosen.
 *
 * The place in the page is gone to once it is loaded, and not by its address: a frame that begins at a place scrolls the
 * page around it too, and on a phone whoever opened a text would find themselves below its form.
 *
 * @param {HTMLElement} root
 */
export function startPhone(root) {
  const frame = part(root, "[data-phone-page]");
  if (!(frame instanceof HTMLIFrameElement)) throw new Error("the preview is no frame");
  const states = parts(root, "[data-phone-state]");
  const pages = parts(root, "[data-phone-address]");
  const anchor = frame.dataset.anchor ? `#${frame.dataset.anchor}` : "";
  /** A page is on its way; `isOld`: and something was saved since it was asked for. */
  let isLoading = true;
  let isOld = false;
  let address = frame.src;
  let place = anchor;
  let top = 0;

  const load = () => {
    isLoading = true;
    isOld = false;
    frame.contentWindow?.location.replace(address);
  };
  /** Note where the frame stands: links in it lead on. What the browser shows for a page that did not come tells nothing. */
  const look = () => {
    const shown = frame.contentDocument?.defaultView;
    if (!shown) return;
    address = shown.location.href.replace(/#.*/, "");
    place = shown.location.hash;
    top = shown.scrollY;
  };
  const renew = () => {
    isOld = isLoading;
    if (isLoading) return;
    look();
    load();
  };
  const arrive = () => {
    if (!isLoading) return; // A link in the page led on, to a place of its own.
    isLoading = false;
    if (isOld) return load();
    const shown = frame.contentDocument?.defaultView;
    if (shown) goTo(shown, place, top);
    top = 0;
  };
  frame.addEventListener("load", arrive);
  // It may have been quicker than this script, or have failed already.
  const begun = frame.contentDocument;
  if (!begun || (begun.readyState === "complete" && begun.URL === frame.src)) arrive();
  for (const links of [states, pages]) {
    for (const link of links) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        for (const other of links) other.removeAttribute("aria-current");
        link.setAttribute("aria-current", "true");
        const page = link.dataset.phoneAddress;
        if (!isLoading) look();
        if (page) place = anchor;
        top = 0;
        address = addressOf(address, states, page);
        load();
      });
    }
  }
  document.addEventListener("desk:saved", renew);
}

/**
 * Go to a place in the preview and stay where one is in the page around it.
 *
 * @param {Window} shown
 * @param {string} place
 * @param {number} top
 */
function goTo(shown, place, top) {
  const { scrollX: x, scrollY: y } = window;
  if (place) shown.location.replace(new URL(place, shown.location.href).href);
  if (top) shown.scrollTo(0, top);
  window.scrollTo(x, y);
  requestAnimationFrame(() => window.scrollTo(x, y));
}

/**
 * The address of a page of the preview, or of another one, in the chosen state.
 *
 * @param {string} address
 * @param {HTMLElement[]} states
 * @param {string} [page]
 */
function addressOf(address, states, page) {
  const chosen = states.find((link) => link.hasAttribute("aria-current"))?.dataset.phoneState || "ready";
  const { origin, pathname } = new URL(address);
  const [before, after] = pathname.split(/\/preview\/[a-z]+\//);
  return `${origin}${before}/preview/${chosen}/${page ?? after}`;
}
