import { findPart, findParts } from "../core/dom.js";

/** Some phones have a voice and stay silent: after this long without a sound the page says so. */
const SILENCE_MS = 2500;

/** Let the phone speak the large sentences with its own voice; a voice that fails is shown, never hidden. */
export function startSpeaking() {
  for (const panel of findParts(document, ".panel--say")) {
    const button = findPart(panel, "[data-speak]");
    button.hidden = false;
    button.addEventListener("click", () => speak(panel));
  }
}

/** @param {HTMLElement} panel */
function speak(panel) {
  const text = findPart(panel, ".panel__spoken");
  const failed = findPart(panel, "[data-speak-failed]");
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
