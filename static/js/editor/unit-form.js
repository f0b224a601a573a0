import { findPart, findParts } from "../core/dom.js";
import { showFormErrors } from "./form-errors.js";
import { SaveState } from "./save-state.js";
import { getFormAddress, sendForm } from "./send.js";

// So long after the last key what was typed is saved; and at the latest so long after the first unsaved one.
const PAUSE_MS = 1200;
const LATEST_MS = 8000;
const RETRY_MS = 8000;
const PRESENCE_MS = 60000;

/**
 * The form of one unit: saves by itself, tells truthfully whether it did, and who else is here.
 *
 * @param {HTMLElement} root
 */
export function startUnitForm(root) {
  if (!(root instanceof HTMLFormElement)) throw new Error("not a form");
  new UnitForm(root).start();
}

/**
 * What stands in the fields of a form, to compare.
 *
 * @param {HTMLFormElement} form
 */
function serializeFields(form) {
  const fields = Array.from(new FormData(form)).filter(([name]) => name.startsWith("f_") || name === "fits");
  return JSON.stringify(fields);
}

/**
 * What stood in the fields when the desk sent the form, whatever was typed since.
 *
 * @param {HTMLFormElement} form
 */
function serializeFieldsAsSent(form) {
  const copy = /** @type {HTMLFormElement} */ (form.cloneNode(true));
  copy.reset();
  return serializeFields(copy);
}

// The rows of a list, and not those of a list in one of them.
const ROWS = ":scope > ol > li";

/**
 * Find what gets the focus in a changed list: the new line, the line that was moved, or the one after a removed line.
 *
 * @param {HTMLElement} list
 * @param {string} value - of the button that was pressed
 * @param {number} place - of its line, before
 */
function findRowTarget(list, value, place) {
  const [action] = value.split(":");
  const rows = findParts(list, ROWS);
  if (action === "add") return findParts(rows[rows.length - 1] || list, "input, select, textarea")[0];
  const moved = { up: place - 1, down: place + 1 }[action] ?? place;
  const row = rows[Math.min(moved, rows.length - 1)];
  const buttons = row ? findParts(row, ":scope > .row-buttons button") : [];
  const same = buttons.find((button) => button.getAttribute("value")?.startsWith(`${action}:`));
  return same || buttons[0] || findParts(list, "button")[0];
}

class UnitForm {
  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.form = form;
    this.canWrite = form.querySelector("[data-save-state]") !== null;
    this.unsaved = false;
    this.saving = false;
    /** A button sends the form: the page that follows says what became of it. */
    this.sent = false;
    /** A conflict, or a newer state of somebody else: nothing is saved by itself any more. */
    this.stopped = false;
    this.timer = 0;
    this.firstUnsaved = 0;
  }

  start() {
    if (!this.canWrite) return;
    this.state = new SaveState(this.form);
    /** What the desk has, as far as this page knows. */
    this.kept = serializeFieldsAsSent(this.form);
    this.reportPresence();
    setInterval(() => this.reportPresence(), PRESENCE_MS);
    document.addEventListener("visibilitychange", () => this.reportPresence());
    this.form.addEventListener("input", () => this.onChange());
    this.form.addEventListener("change", () => this.onChange());
    this.form.addEventListener("click", (event) => this.onRowButton(event));
    this.form.addEventListener("submit", () => {
      this.countSend();
      this.sent = true;
      this.stopped = true;
    });
    addEventListener("online", () => this.unsaved && this.save());
    addEventListener("beforeunload", (event) => {
      if (!this.sent && (this.unsaved || this.saving)) event.preventDefault();
    });
    addEventListener("pagehide", () => this.reportLeaving());
    addEventListener("focus", () => this.unsaved && this.save());
    this.onChange(); // Somebody may have typed before this script was there.
  }

  onChange() {
    // Leaving a field says "change" once more, though its words were saved already.
    if (this.stopped || (!this.unsaved && serializeFields(this.form) === this.kept)) return;
    const now = Date.now();
    if (!this.unsaved) this.firstUnsaved = now;
    this.unsaved = true;
    if (!this.saving) this.state?.showProgress("typing");
    clearTimeout(this.timer);
    const wait = Math.max(0, Math.min(PAUSE_MS, this.firstUnsaved + LATEST_MS - now));
    this.timer = setTimeout(() => this.save(), wait);
  }

  /** Save what stands in the form now. */
  async save() {
    clearTimeout(this.timer);
    if (this.saving || this.stopped || !this.unsaved) return;
    this.saving = true;
    this.unsaved = false;
    this.state?.showProgress("saving");
    this.countSend();
    const sent = serializeFields(this.form);
    const answer = await sendForm(this.form, { autosave: "1" });
    this.saving = false;
    if (answer.kind === "saved") this.kept = sent;
    this.showAnswer(answer);
  }

  /** @param {import("./send.js").Answer} answer */
  showAnswer({ kind, body }) {
    const typedMeanwhile = this.unsaved;
    if (kind === "saved") {
      this.seen = String(body.head);
      this.showMessages(body.messages);
      this.showOtherPeople(body.here);
      showFormErrors(body.errors || []);
      document.dispatchEvent(new CustomEvent("desk:saved"));
      const time = new Date(body.at || Date.now()).toLocaleTimeString(document.documentElement.lang);
      this.state?.showProgress("saved", { time });
    } else {
      this.unsaved = true;
      if (kind === "unreadable" || kind === "refused") {
        this.showMessages(body.messages);
        showFormErrors(body.errors || []);
      }
      if (kind === "conflict") this.stopped = true;
      this.state?.showTrouble(kind, { name: body.by || "", reason: body.detail || body.title || "" });
    }
    if (["offline", "disk-full", "no-store"].includes(kind)) this.timer = setTimeout(() => this.save(), RETRY_MS);
    else if (typedMeanwhile) this.onChange();
  }

  /** The revision in view: this form tells it, and so do those that give the whole unit up or remove it. */
  set seen(/** @type {string} */ value) {
    for (const field of findParts(document, "[name=seen]")) if (field instanceof HTMLInputElement) field.value = value;
  }

  get seen() {
    const field = findPart(this.form, "[name=seen]");
    return field instanceof HTMLInputElement ? field.value : "0";
  }

  /** Count what this page sends: then the desk knows which of two saves is the later, even if its answer was lost. */
  countSend() {
    const field = findPart(this.form, "[name=turn]");
    if (field instanceof HTMLInputElement) field.value = String(Number(field.value) + 1);
  }

  /**
   * The buttons beside lists: the server changes the list, and this page takes over how it looks then.
   *
   * @param {MouseEvent} event
   */
  async onRowButton(event) {
    const button = event.target instanceof Element ? event.target.closest("button[name=row]") : null;
    if (!(button instanceof HTMLButtonElement)) return;
    event.preventDefault();
    const list = button.closest("[data-rows]");
    const name = list instanceof HTMLElement ? list.dataset.rows || "" : "";
    // What is typed here, or pressed again, until the desk has answered would be lost with the old list.
    list?.setAttribute("inert", "");
    const html = await this.fetchChangedRows(button.value);
    const fresh = html?.getElementById(name);
    if (!list || !fresh) {
      list?.removeAttribute("inert");
      button.focus();
      this.state?.showTrouble("rows", {});
      return;
    }
    const place = findParts(list, ROWS).indexOf(/** @type {HTMLElement} */ (button.closest("li")));
    list.replaceWith(fresh);
    findRowTarget(fresh, button.value, place)?.focus();
    this.onChange();
  }

  /**
   * @param {string} action
   * @returns {Promise<Document | null>} The page as it would be, null when the desk does not answer.
   */
  async fetchChangedRows(action) {
    const data = new FormData(this.form);
    data.set("row", action);
    try {
      const answer = await fetch(getFormAddress(this.form), {
        method: "POST",
        body: data,
        headers: { Accept: "text/html" },
      });
      return answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
    } catch {
      return null;
    }
  }

  /** @param {Record<string, import("./send.js").Message[]>} [messages] */
  showMessages(messages = {}) {
    for (const list of findParts(this.form, "[data-says]")) {
      const found = messages[list.dataset.says || ""] || [];
      list.textContent = "";
      for (const { severity, text, line } of found) {
        const item = document.createElement("li");
        item.className = `field__say field__say--${severity}`;
        item.textContent = line ? this.state?.fillWords("line", { number: String(line), text }) || text : text;
        list.append(item);
      }
      list.hidden = found.length === 0;
      const field = list.dataset.says ? document.getElementById(list.dataset.says) : null;
      if (field?.matches("input, select, textarea")) {
        if (found.some(({ severity }) => severity !== "warning")) field.setAttribute("aria-invalid", "true");
        else field.removeAttribute("aria-invalid");
      }
    }
  }

  /** @param {string[]} [names] */
  showOtherPeople(names = []) {
    const note = findPart(document, "[data-here]");
    findPart(note, "[data-here-names]").textContent = names.join(", ");
    note.hidden = names.length === 0;
  }

  /** Tell every minute that the page is open, and learn who else has it open and whether somebody saved. */
  async reportPresence() {
    if (document.visibilityState !== "visible") return;
    const { kind, body } = await sendForm(this.form, {}, this.form.dataset.presence || "", ["new", "page"]);
    if (kind !== "other") return;
    this.showOtherPeople(body.here);
    const isNewer = Number(body.head) > Number(this.seen);
    if (isNewer && !this.saving && !this.unsaved && !this.stopped)
      this.state?.showTrouble("newer", { name: body.by || "" });
  }

  reportLeaving() {
    const data = new FormData(this.form);
    for (const name of Array.from(data.keys())) if (name !== "csrf_token" && name !== "page") data.delete(name);
    data.set("leave", "1");
    navigator.sendBeacon(this.form.dataset.presence || "", data);
  }
}
