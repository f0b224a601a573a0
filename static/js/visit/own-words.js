import { findPart, findParts } from "../core/dom.js";
import { readSettings } from "../core/settings.js";

/** What a dialler does not need. Codes with * and # would change the phone's own settings: they are no people. */
const DIALLED = /[^0-9+]/g;

/**
 * Put what the person entered where it is needed: the address into the words for the operator, the area code into the
 * number for text messages, the people into the list of those to call. Done before any tap, so that every link to the
 * dialler stays a plain link.
 */
export async function fillOwnWords() {
  let entered;
  try {
    entered = await readSettings();
  } catch (_error) {
    return; // The screens then ask for the address, as on a new phone.
  }
  const address = (entered.address || "").trim();
  if (address) {
    for (const spot of findParts(document, "[data-own-address]")) spot.textContent = address;
    for (const hint of findParts(document, "[data-address-missing]")) hint.hidden = true;
  }
  for (const link of findParts(document, 'a[data-action="text-police"]')) fillTextLink(link, entered, address);
  for (const list of findParts(document, "[data-call-list]")) fillCallList(list, entered);
}

/**
 * @param {HTMLElement} link
 * @param {Record<string, string>} entered
 * @param {string} address
 */
function fillTextLink(link, entered, address) {
  const { number = "", setting = "", lastDigits = "0", words = "" } = link.dataset;
  const digits = (entered[setting] || "").replace(/\D/g, "");
  const wanted = Number(lastDigits);
  // Fewer digits than the number needs would make it another number: then the plain one is better.
  const full = number + (wanted > 0 && digits.length >= wanted ? digits.slice(-wanted) : "");
  const body = words.replace("{address}", () => address || "____");
  // "?&body=" is understood by Android ("?body=") and by iOS ("&body=") alike.
  link.setAttribute("href", `sms:${full}?&body=${encodeURIComponent(body)}`);
  findPart(link, ".call__number").textContent = full;
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
  const empty = document.querySelector("[data-call-list-empty]");
  if (empty instanceof HTMLElement) empty.hidden = list.childElementCount > 0;
}
