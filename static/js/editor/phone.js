import { findPart, findParts } from "../core/dom.js";

/**
 * The preview: made anew after each save, at the page and in the state that were chosen.
 *
 * @param {HTMLElement} root
 */
export function startPreview(root) {
  const phone = new Phone(root);
  for (const links of [phone.states, findParts(root, "[data-phone-address]")]) {
    for (const link of links) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        for (const other of links) other.removeAttribute("aria-current");
        link.setAttribute("aria-current", "true");
        phone.choosePage(link.dataset.phoneAddress);
      });
    }
  }
  document.addEventListener("desk:saved", () => phone.reloadPage());
  phone.start();
}

/**
 * The place in the page is gone to once it is loaded, and not by its address: a frame that begins at a place scrolls the
 * page around it too, and on a phone whoever opened a text would find themselves below its form.
 */
class Phone {
  /** @param {HTMLElement} root */
  constructor(root) {
    const frame = findPart(root, "[data-phone-page]");
    if (!(frame instanceof HTMLIFrameElement)) throw new Error("the preview is no frame");
    this.frame = frame;
    this.states = findParts(root, "[data-phone-state]");
    this.anchor = frame.dataset.anchor ? `#${frame.dataset.anchor}` : "";
    /** A page is on its way; `isOld`: and something was saved since it was asked for. */
    this.isLoading = true;
    this.isOld = false;
    this.address = frame.src;
    this.place = this.anchor;
    this.top = 0;
  }

  start() {
    this.frame.addEventListener("load", () => this.onLoad());
    // It may have been quicker than this script, or have failed already.
    const begun = this.frame.contentDocument;
    if (!begun || (begun.readyState === "complete" && begun.URL === this.frame.src)) this.onLoad();
  }

  loadAddress() {
    this.isLoading = true;
    this.isOld = false;
    this.frame.contentWindow?.location.replace(this.address);
  }

  onLoad() {
    if (!this.isLoading) return; // A link in the page led on, to a place of its own.
    this.isLoading = false;
    if (this.isOld) {
      this.loadAddress();
      return;
    }
    const shown = this.frame.contentDocument?.defaultView;
    if (shown) scrollPreviewTo(shown, this.place, this.top);
    this.top = 0;
  }

  /** Remember where the frame stands: links in it lead on. What a browser shows for a page that did not come tells nothing. */
  rememberPlace() {
    const shown = this.frame.contentDocument?.defaultView;
    if (!shown) return;
    this.address = shown.location.href.replace(/#.*/, "");
    this.place = shown.location.hash;
    this.top = shown.scrollY;
  }

  /** Load the page again, where it stands. */
  reloadPage() {
    this.isOld = this.isLoading;
    if (this.isLoading) return;
    this.rememberPlace();
    this.loadAddress();
  }

  /**
   * Load the chosen page, or the same one in the chosen state.
   *
   * @param {string} [page]
   */
  choosePage(page) {
    if (!this.isLoading) this.rememberPlace();
    if (page) this.place = this.anchor;
    this.top = 0;
    this.address = buildPreviewAddress(this.address, this.states, page);
    this.loadAddress();
  }
}

/**
 * Go to a place in the preview and stay where one is in the page around it.
 *
 * @param {Window} shown
 * @param {string} place
 * @param {number} top
 */
function scrollPreviewTo(shown, place, top) {
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
function buildPreviewAddress(address, states, page) {
  const chosen = states.find((link) => link.hasAttribute("aria-current"))?.dataset.phoneState || "ready";
  const { origin, pathname } = new URL(address);
  const [before, after] = pathname.split(/\/preview\/[a-z]+\//);
  return `${origin}${before}/preview/${chosen}/${page ?? after}`;
}
