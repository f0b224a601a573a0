import { findPart } from "../core/dom.js";

/** What the page says about saving. Only what the desk has answered is ever told as saved. */
export class SaveState {
  /** @param {HTMLElement} form */
  constructor(form) {
    this.form = form;
    this.line = findPart(form, "[data-save-state]");
    this.box = findPart(form, "[data-save-trouble]");
  }

  /**
   * @param {"typing" | "saving" | "saved"} what
   * @param {Record<string, string>} values
   */
  showProgress(what, values = {}) {
    this.line.textContent = this.fillWords(what, values);
    this.line.dataset.saveState = what;
    if (what === "saved") this.box.hidden = true;
  }

  /**
   * @param {string} what - unreadable, refused, conflict, newer, offline, signed-out, not-yours, rows or failed
   * @param {Record<string, string>} values
   */
  showTrouble(what, values) {
    this.line.textContent = "";
    this.line.dataset.saveState = what;
    findPart(this.box, "[data-save-words]").textContent = this.fillWords(what, values);
    findPart(this.box, "[data-save-copy]").hidden = what !== "disk-full" && what !== "no-store";
    findPart(this.box, "[data-save-sign-in]").hidden = what !== "signed-out";
    findPart(this.box, "[data-save-compare]").hidden = what !== "conflict";
    this.box.hidden = false;
  }

  /**
   * @param {string} what
   * @param {Record<string, string>} values
   */
  fillWords(what, values) {
    const found =
      this.form.querySelector(`template[data-say="${what}"]`) || findPart(this.form, 'template[data-say="failed"]');
    const text = found instanceof HTMLTemplateElement ? found.content.textContent || "" : "";
    return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  }
}
