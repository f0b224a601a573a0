import { findPart, findParts } from "../core/dom.js";

/**
 * Start the panels. One that was opened by a tap closes back to where the tap was; Escape closes it too. What lies behind
 * an open panel is out of reach, and the link that opened it has the focus again afterwards.
 */
export function startPanels() {
  for (const panel of findParts(document, ".panel")) labelPanel(panel);
  const panels = new Panels();
  document.addEventListener("click", (event) => panels.onClick(event));
  for (const link of findParts(document, "[data-close]"))
    link.addEventListener("click", (event) => panels.closePanel(event));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") panels.closePanel(event);
  });
  window.addEventListener("hashchange", () => panels.showOpenPanel());
  panels.showOpenPanel();
  trackBarHeights();
}

/** Measure the bars whenever they change: their height depends on the owner's fonts, and a panel stands between them. */
function trackBarHeights() {
  trackHeight(".bar", "--bar-height");
  trackHeight("[data-panel-tools]", "--tools-height");
}

/**
 * @param {string} selector
 * @param {string} property
 */
function trackHeight(selector, property) {
  const part = document.querySelector(selector);
  if (!part || !("ResizeObserver" in window)) return;
  const measure = () => {
    document.documentElement.style.setProperty(property, `${part.getBoundingClientRect().height}px`);
  };
  new ResizeObserver(measure).observe(part);
  measure();
}

/**
 * Give a panel what a screen reader needs to announce it; it says nothing about it that its own words do not.
 *
 * @param {HTMLElement} panel
 */
function labelPanel(panel) {
  const title = findPart(panel, "h2, .panel__spoken");
  title.id = title.id || `${panel.id}-title`;
  panel.tabIndex = -1;
  panel.setAttribute("role", "dialog");
  panel.setAttribute("aria-modal", "true");
  panel.setAttribute("aria-labelledby", title.id);
}

/**
 * The address names the panel that is open, and the page hears of a change only some time after it. So what a tap opens
 * is added at the tap, and whatever the page hears of, it looks at where it is by then.
 */
class Panels {
  constructor() {
    this.behind = Array.from(document.body.children).filter(
      (element) => !element.matches(".panel, .panel-tools, .dial, .bar"),
    );
    /** @type {{ panel: HTMLElement, opener: HTMLElement | null }[]} What lies over the page, from the bottom up. */
    this.layers = [];
    this.bar = document.querySelector(".bar");
    this.tools = document.querySelector("[data-panel-tools]");
    /** The panel that this page was opened with, until it is closed: going back from it would lead away from here. */
    this.first = findPanel(location.hash);
    /** @type {HTMLElement | null} The panel that is being gone back from; that takes a moment. */
    this.closing = null;
    /** Whether a link led out of the panels to a place on the page: the focus goes there, not back. */
    this.isLeft = false;
  }

  /** Show the panel that the address names, or the page without one. */
  showOpenPanel() {
    const panel = findPanel(location.hash);
    if (panel !== this.closing) this.closing = null;
    for (const element of this.behind) element.toggleAttribute("inert", panel !== null);
    // Above most panels the bar stays in reach; these have numbers of their own, and cover it.
    this.bar?.toggleAttribute("inert", Boolean(panel?.matches(".panel--danger, #voice")));
    if (panel) this.addLayer(panel, null);
    if (panel && this.tools) panel.append(this.tools);
    // What lay above is closed, and the lowest of that was opened from here.
    const [closed] = this.layers.splice(this.layers.findIndex((layer) => layer.panel === panel) + 1);
    if (closed && this.isLeft) document.getElementById(location.hash.slice(1))?.focus({ preventScroll: true });
    else if (closed?.opener?.isConnected) closed.opener.focus({ preventScroll: true });
    else if (panel && !panel.contains(document.activeElement)) panel.focus();
    this.isLeft = false;
  }

  /**
   * Note that a panel lies over the page now, and the link that opened it.
   *
   * @param {HTMLElement} panel
   * @param {HTMLElement | null} opener
   */
  addLayer(panel, opener) {
    const layer = this.layers.find((one) => one.panel === panel);
    if (!layer) this.layers.push({ panel, opener });
    else if (opener) layer.opener = opener;
  }

  /** @param {MouseEvent} event */
  onClick(event) {
    const link = event.target instanceof Element ? event.target.closest('a[href^="#"]') : null;
    if (!(link instanceof HTMLAnchorElement)) return;
    const panel = findPanel(link.hash);
    // With one of these keys it opens elsewhere.
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (panel) this.addLayer(panel, link);
    this.isLeft = !panel && !event.defaultPrevented;
  }

  /**
   * Close the panel that is open, if one is.
   *
   * @param {Event} event
   */
  closePanel(event) {
    const panel = findPanel(location.hash);
    if (!panel) return;
    event.preventDefault();
    if (panel === this.first || panel === this.closing) {
      if (panel === this.first) this.first = null;
      location.replace("#main");
    } else {
      this.closing = panel;
      history.back();
    }
  }
}

/**
 * @param {string} hash
 * @returns {HTMLElement | null} The panel that it names; null when it names none.
 */
function findPanel(hash) {
  const target = hash.length > 1 ? document.getElementById(hash.slice(1)) : null;
  return target?.classList.contains("panel") ? target : null;
}
