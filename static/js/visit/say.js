import { findPart } from "../core/dom.js";
import { chooseVoice, normaliseTag } from "./voices.js";

/** Some phones have a voice and stay silent: after this long without a sound the page says so. */
const SILENCE_MS = 2500;

/** Let the phone speak the large sentences with its own voice; a voice that fails is shown, never hidden. */
export function startSpeechButtons() {
  const tools = document.querySelector("[data-panel-tools]");
  if (!(tools instanceof HTMLElement)) return;
  const button = findPart(tools, "[data-speak]");
  /** The panel that was told to speak at the tap: the page hears only afterwards that it is open. */
  let aloud = "";
  const showButton = () => {
    button.hidden = !findSpokenElement();
    if (location.hash !== aloud) findPart(tools, "[data-speak-failed]").hidden = true;
    aloud = "";
  };
  button.addEventListener("click", () => speakElement(tools, findSpokenElement()));
  window.addEventListener("hashchange", showButton);
  showButton();
  // Where the page has promised that the phone speaks, no second button has to be found.
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[data-aloud]") : null;
    if (!(link instanceof HTMLAnchorElement)) return;
    aloud = link.hash;
    speakElement(tools, findSpokenElement(aloud));
  });
}

/** @returns {HTMLElement | null} The sentence of the panel that is open, or of the one at `hash`. */
function findSpokenElement(hash = location.hash) {
  const panel = hash.length > 1 ? document.getElementById(hash.slice(1)) : null;
  return panel?.matches(".panel:not([data-unspoken])") ? panel.querySelector(".panel__spoken") : null;
}

/**
 * Speak a text aloud, or show that the phone cannot.
 *
 * @param {HTMLElement} tools
 * @param {HTMLElement | null} text
 */
function speakElement(tools, text) {
  if (!text) return;
  const failed = findPart(tools, "[data-speak-failed]");
  failed.hidden = true;
  const showFailure = () => {
    failed.hidden = false;
  };
  if (!("speechSynthesis" in window)) {
    showFailure();
    return;
  }
  const wanted = normaliseTag(tools.dataset.speech || text.lang);
  const voices = speechSynthesis.getVoices();
  const voice = chooseVoice(voices, wanted);
  // A voice of another language would turn the sentence into noise.
  if (voices.length > 0 && !voice) {
    showFailure();
    return;
  }
  const utterance = new SpeechSynthesisUtterance(text.textContent || "");
  utterance.lang = voice ? voice.lang : wanted;
  if (voice) utterance.voice = voice;
  const timer = setTimeout(showFailure, SILENCE_MS);
  utterance.onstart = () => {
    clearTimeout(timer);
    failed.hidden = true;
  };
  utterance.onerror = (event) => {
    clearTimeout(timer);
    if (event.error !== "canceled" && event.error !== "interrupted") showFailure();
  };
  speechSynthesis.cancel();
  speechSynthesis.speak(utterance);
}
