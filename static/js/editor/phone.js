import { part, parts } from "../core/dom.js";

/**
 * The preview: made anew after each save, at the page and in the state that were chosen.
 *
 * @param {HTMLElement} root
 */
export function startPhone(root) {
  const frame = part(root, "[data-phone-page]");
  if (!(frame instanceof HTMLIFrameElement)) throw new Error("the preview is no frame");
  const states = parts(root, "[data-phone-state]");
  const pages = parts(root, "[data-phone-address]");
  /** A page is on its way; `isOld`: and something was saved since it was asked for. */
  let isLoading = false;
  let isOld = false;
  let top = 0;

  const renew = () => {
    isOld = isLoading;
    if (isLoading) return;
    isLoading = true;
    top = frame.contentWindow?.scrollY || 0;
    frame.contentWindow?.location.reload();
  };
  frame.addEventListener("load", () => {
    isLoading = false;
    if (isOld) renew();
    else if (top) frame.contentWindow?.scrollTo(0, top);
    top = 0;
  });
  for (const links of [states, pages]) {
    for (const link of links) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        for (const other of links) other.removeAttribute("aria-current");
        link.setAttribute("aria-current", "true");
        isLoading = true;
        frame.src = addressOf(frame, states, link.dataset.phoneAddress);
      });
    }
  }
  document.addEventListener("desk:saved", renew);
}

/**
 * The address of the page that the frame shows, or of another one, in the chosen state.
 *
 * @param {HTMLIFrameElement} frame
 * @param {HTMLElement[]} states
 * @param {string} [page]
 */
function addressOf(frame, states, page) {
  const chosen = states.find((link) => link.hasAttribute("aria-current"))?.dataset.phoneState || "ready";
  const { pathname, hash } = new URL(frame.contentWindow?.location.href || "", frame.src);
  const [before, after] = pathname.split(/\/preview\/[a-z]+\//);
  return `${before}/preview/${chosen}/${page ?? after}${page ? new URL(frame.src).hash : hash}`;
}
