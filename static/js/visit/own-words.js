import { findPart, findParts } from "../core/dom.js";
import { readSettings, writeSettings } from "../core/settings.js";

/** What a dialler does not need. Codes with * and # would change the phone's own settings: they are no people. */
const DIALLED = /[^0-9+]/g;

/**
 * Put what the person entered where it is needed: the address into the words for the operator, the area code into the
 * number for text messages, the people into the list of those to call. Done before any tap, so that every link to the
 * dialler stays a plain link.
 */
export async function fillOwnWords() {
  for (const words of findParts(document, "[data-texted]")) addTextLink(words);
  /** @type {Record<string, string>} */
  let entered = {};
  try {
    entered = await readSettings();
  } catch (_error) {
    // The screens then ask for the address, as on a new phone.
  }
  const address = (entered.address || "").trim();
  if (address) for (const spot of findParts(document, "[data-own-address]")) spot.textContent = address;
  for (const link of findParts(document, 'a[data-action="text-police"], [data-relative]'))
    fillTextLink(link, entered, address);
  for (const list of findParts(document, "[data-call-list]")) fillCallList(list, entered);
  applyVoiceSetting(entered);
  askForAreaCode(entered, address);
}

/**
 * Add, beside the number of an emergency, the same words as a text message.
 *
 * @param {HTMLElement} words
 */
function addTextLink(words) {
  const first = document.querySelector('.bar a[data-action="text-police"]');
  const panel = words.closest(".panel");
  if (!(first instanceof HTMLElement) || !panel) return;
  const link = /** @type {HTMLElement} */ (first.cloneNode(true));
  const body = findPart(words, "[data-operator]").textContent || "";
  link.setAttribute("href", `sms:${link.dataset.number}?&body=${body}`);
  findPart(/** @type {HTMLElement} */ (panel), ".panel__calls").append(link);
}

/**
 * @param {HTMLElement} link
 * @param {Record<string, string>} entered
 * @param {string} address
 */
function fillTextLink(link, entered, address) {
  const { number = "", words = (link.getAttribute("href") || "").split("body=")[1] || "" } = link.dataset;
  // In the page the words stand as they are: a percent sign is one.
  link.dataset.words = words;
  const body = words.replace("____", () => address || "____");
  const to = number ? buildTextNumber(link, entered) : (entered["person-1-number"] || "").replace(DIALLED, "");
  // "?&body=" is understood by Android ("?body=") and by iOS ("&body=") alike.
  link.setAttribute("href", `sms:${to}?&body=${encodeURIComponent(body)}`);
  if (!number) return;
  const isWhole = to !== number;
  findPart(link, ".call__number").textContent = to;
  link.toggleAttribute("data-whole", isWhole);
  if (link.dataset.setting) showNumberHint(isWhole);
}

/**
 * Show what a text must begin with as long as the number is the bare one.
 *
 * @param {boolean} isWhole
 */
function showNumberHint(isWhole) {
  for (const part of findParts(document, "[data-bare-number]")) part.hidden = isWhole;
  for (const part of findParts(document, "[data-whole-number]")) part.hidden = !isWhole;
}

/**
 * @param {HTMLElement} link
 * @param {Record<string, string>} entered
 */
function buildTextNumber({ dataset: { number = "", setting = "", lastDigits = "0" } }, entered) {
  const digits = (entered[setting] || "").replace(/\D/g, "");
  const wanted = Number(lastDigits);
  // Fewer digits than the number needs would make it another number: then the plain one is better.
  return number + (wanted > 0 && digits.length >= wanted ? digits.slice(-wanted) : "");
}

/**
 * Where the police's number for texts depends on the place and nobody has entered it yet, ask beside the text itself; every
 * text link follows while it is typed.
 *
 * @param {Record<string, string>} entered
 * @param {string} address
 */
function askForAreaCode(entered, address) {
  for (const part of findParts(document, "[data-area-code]")) {
    const setting = part.dataset.areaCode || "";
    if (entered[setting]) continue;
    part.hidden = false;
    const box = /** @type {HTMLInputElement} */ (findPart(part, "input"));
    box.addEventListener("input", () => {
      const now = { ...entered, [setting]: box.value.trim() };
      for (const link of findParts(document, `a[data-setting="${setting}"]`)) fillTextLink(link, now, address);
      // Where it cannot be kept it still holds for this page.
      writeSettings({ [setting]: box.value.trim() }).catch(() => undefined);
    });
  }
}

/**
 * Put texts before calls, on every door screen, for a person who has said that they cannot speak or hear.
 *
 * @param {Record<string, string>} entered
 */
function applyVoiceSetting(entered) {
  const setSilent = (/** @type {boolean} */ isSilent) =>
    document.documentElement.toggleAttribute("data-silent", isSilent);
  setSilent(entered["no-voice"] === "yes");
  for (const box of /** @type {HTMLInputElement[]} */ (findParts(document, "input[data-voice]"))) {
    findPart(document, "[data-remember-voice]").hidden = false;
    box.checked = entered["no-voice"] === "yes";
    box.addEventListener("change", () => {
      setSilent(box.checked);
      // Where it cannot be kept it still holds for this page.
      writeSettings({ "no-voice": box.checked ? "yes" : "" }).catch(() => undefined);
    });
  }
}

/**
 * @param {HTMLElement} list
 * @param {Record<string, string>} entered
 */
function fillCallList(list, entered) {
  for (const number of [1, 2, 3]) {
    const dialled = (entered[`person-${number}-number`] || "").replace(DIALLED, "");
    if (!dialled) continue;
    const link = document.createElement("a");
    link.className = "call call--person";
    link.dataset.action = "call-person";
    link.href = `tel:${dialled}`;
    link.textContent = entered[`person-${number}-name`] || dialled;
    list.appendChild(document.createElement("li")).appendChild(link);
  }
  // A list of nobody is not announced either.
  list.closest("section")?.toggleAttribute("hidden", list.children.length === 0);
}
