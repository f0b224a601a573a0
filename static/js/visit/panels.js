import { part, parts } from "../core/dom.js";

/**
 * A panel that was opened by a tap closes back to where the tap was; Escape closes it too. What lies behind an open
 * panel is out of reach, and the link that opened it has the focus again afterwards.
 *
 * The address says which panel is open, and the page hears of a change only some time after it. So what a tap opens is
 * noted at the tap, and whatever the page hears of, it looks at where it is by then.
 */
export function startPanels() {
  const behind = Array.from(document.body.children).filter((element) => !element.classList.contains("panel"));
  /** @type {{ panel: HTMLElement, opener: HTMLElement | null }[]} What lies over the page, from the bottom up. */
  const layers = [];
  /** The panel that this page was opened with, until it is closed: going back from it would lead away from here. */
  let first = panelAt(location.hash);
  /** @type {HTMLElement | null} The panel that is being gone back from; that takes a moment. */
  let closing = null;

  const show = () => {
    const panel = panelAt(location.hash);
    if (panel !== closing) closing = null;
    for (const element of behind) element.toggleAttribute("inert", panel !== null);
    if (panel) note(panel, null);
    // What lay above is closed, and the lowest of that was opened from here.
    const [closed] = layers.splice(layers.findIndex((layer) => layer.panel === panel) + 1);
    if (closed?.opener?.isConnected) closed.opener.focus({ preventScroll: true });
    else if (panel && !panel.contains(document.activeElement)) panel.focus();
  };

  /**
   * @param {HTMLElement} panel
   * @param {HTMLElement | null} opener
   */
  const note = (panel, opener) => {
    const layer = layers.find((one) => one.panel === panel);
    if (!layer) layers.push({ panel, opener });
    else if (opener) layer.opener = opener;
  };

  const close = (/** @type {Event} */ event) => {
    const panel = panelAt(location.hash);
    if (!panel) return;
    event.preventDefault();
    if (panel === first || panel === closing) {
      if (panel === first) first = null;
      location.replace(/** @type {HTMLAnchorElement} */ (part(panel, "[data-close]")).hash);
    } else {
      closing = panel;
      history.back();
    }
  };

  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest('a[href^="#"]') : null;
    const panel = link instanceof HTMLAnchorElement ? panelAt(link.hash) : null;
    // With one of these keys it opens elsewhere.
    if (panel && !event.ctrlKey && !event.metaKey && !event.shiftKey) note(panel, /** @type {HTMLElement} */ (link));
  });
  for (const link of parts(document, "[data-close]")) link.addEventListener("click", close);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close(event);
  });
  window.addEventListener("hashchange", show);
  show();
}

/**
 * @param {string} hash
 * @returns {HTMLElement | null} The panel that it names; null when it names none.
 */
function panelAt(hash) {
  const target = hash.length > 1 ? document.getElementById(hash.slice(1)) : null;
  return target?.classList.contains("panel") ? target : null;
}
