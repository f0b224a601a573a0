import { part, parts } from "../core/dom.js";

/** Some phones have a voice and stay silent: after this long without a sound the page says so. */
const SILENCE_MS = 2500;

/** Let the phone speak the large sentences with its own voice; a voice that fails is shown, never hidden. */
export function startSpeaking() {
  for (const panel of parts(document, ".panel--say")) {
    const button = part(panel, "[data-speak]");
    button.hidden = false;
    button.addEventListener("click", () => speak(panel));
  }
}

/** @param {HTMLElement} panel */
function speak(panel) {
  const text = part(panel, ".panel__spoken");
  const failed = part(panel, "[data-speak-failed]");
  failed.hidden = true;
  const fail = () => {
    failed.hidden = false;
  };
  if (!("speechSynthesis" in window)) {
    fail();
    return;
  }
  const voices = speechSynthesis.getVoices();
  const language = text.lang.split("-")[0];
  const voice = voices.find((item) => item.lang.replace("_", "-").split("-")[0] === language);
  // A voice of another language would turn the sentence into noise.
  if (voices.length > 0 && !voice) {
    fail();
    return;
  }
  const utterance = new SpeechSynthesisUtterance(text.textContent || "");
  utterance.lang = voice ? voice.lang : text.lang;
  if (voice) utterance.voice = voice;
  const timer = setTimeout(fail, SILENCE_MS);
  utterance.onstart = () => {
    clearTimeout(timer);
    failed.hidden = true;
  };
  utterance.onerror = (event) => {
    clearTimeout(timer);
    if (event.error !== "canceled" && event.error !== "interrupted") fail();
  };
  speechSynthesis.cancel();
  speechSynthesis.speak(utterance);
}

/** The panel that the address names, null when it names none. */
function openPanel() {
  const target = location.hash.length > 1 ? document.getElementById(location.hash.slice(1)) : null;
  return target?.classList.contains("panel") ? target : null;
}

/**
 * A panel that was opened by a tap closes back to where the tap was; Escape closes it too. What lies behind an open
 * panel is out of reach, and the link that opened it has the focus again afterwards.
 */
export function startPanels() {
  /** How many panels the back key would close before it leaves this page. */
  let opened = 0;
  /** @type {HTMLElement | null} */
  let shown = null;
  /** @type {Map<string, HTMLElement>} The link that opened a panel, by the panel's address. */
  const openers = new Map();
  const behind = Array.from(document.body.children).filter((element) => !element.classList.contains("panel"));
  const show = () => {
    const panel = openPanel();
    const opener = shown ? openers.get(`#${shown.id}`) : undefined;
    for (const element of behind) element.toggleAttribute("inert", panel !== null);
    if (opener?.isConnected && (!panel || panel.contains(opener))) opener.focus({ preventScroll: true });
    else if (panel) panel.focus();
    shown = panel;
  };
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest('a[href^="#"]') : null;
    if (link instanceof HTMLAnchorElement) openers.set(link.hash, link);
  });
  window.addEventListener("hashchange", (event) => {
    if (openPanel()) opened += 1;
    else if (event.oldURL.includes("#")) opened = 0;
    show();
  });
  const close = (/** @type {Event} */ event) => {
    if (opened > 0) {
      event.preventDefault();
      opened -= 1;
      history.back();
    }
  };
  for (const link of parts(document, "[data-close]")) link.addEventListener("click", close);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !openPanel()) return;
    if (opened > 0) close(event);
    else location.hash = "main";
  });
  show();
}
