import { findPart, findParts, readAttribute } from "../core/dom.js";
import { askWorker } from "../core/worker-link.js";
import { readAnswers } from "./answers.js";
import { keepAwake } from "./awake.js";
import { showHours } from "./hours.js";
import { LEFT } from "./log.js";
import { Recorder } from "./recorder.js";
import { computeVerdict, pickWorse } from "./verdict.js";
import { showVerdict } from "./verdict-panel.js";

/** Hours begin and end, a visit is over, and what failed is tried again, while the screen is open. */
const CHECK_MS = 15000;

/** A phone that cannot write must not keep anyone on this page. */
const LEAVE_MS = 1500;

/** The form of the visit screen: each tick, danger and call is recorded, and what is shown follows from the record. */
export class VisitScreen {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.fieldsets = findParts(root, "[data-check]");
    this.checks = this.fieldsets.map((fieldset) => ({
      id: readAttribute(fieldset, "check"),
      bad: readAttribute(fieldset, "bad"),
      severity: readAttribute(fieldset, "severity"),
    }));
    this.leftLink = root.querySelector('a[data-action="left"]');
    /** @type {Promise<unknown> | null} A visit ends once, however often the link is tapped. */
    this.ending = null;
    this.recorder = new Recorder(this.leftLink !== null, () => this.show());
  }

  async start() {
    // A finger may have been faster than this script.
    const ticked = this.fieldsets.map(findCheckedInput);
    for (const fieldset of this.fieldsets) fieldset.addEventListener("change", () => this.onTick(fieldset));
    document.addEventListener("click", (event) => this.onClick(event));
    document.addEventListener("visibilitychange", () => this.onVisibility());
    window.addEventListener("pagehide", () => this.recorder.write());
    // The back key may bring this page back as it was left, though the visit has gone on or ended on another page.
    window.addEventListener("pageshow", (event) => {
      if (!event.persisted) return;
      this.ending = null;
      this.recorder.resume();
    });
    setInterval(() => this.showTime(), 1000);
    setInterval(() => this.recorder.retry(), CHECK_MS);
    // The phone's storage may be slow or hang: what is tapped until it answers counts at once.
    const resumed = this.recorder.resume();
    for (const input of ticked) if (input) this.recorder.note(`check.${input.name}.${input.value}`);
    await resumed;
  }

  /** @param {HTMLElement} fieldset */
  onTick(fieldset) {
    const input = findCheckedInput(fieldset);
    if (input) this.recorder.note(`check.${input.name}.${input.value}`);
  }

  /**
   * Sentences, dangers and calls are recorded beside the link, never before it: nothing stands between the finger and the
   * dialler.
   *
   * @param {MouseEvent} event
   */
  onClick(event) {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!link) return;
    const { say, danger } = link.dataset;
    if (say) this.recorder.note(`say.${say}`);
    if (danger) this.recorder.note(`danger.${danger}`);
    if (link.protocol === "tel:") this.recorder.note("visit.call");
    if (link.protocol === "sms:") this.recorder.note("visit.text");
    if (link === this.leftLink) this.onLeft(event, link);
  }

  /**
   * End the visit, then go on.
   *
   * @param {MouseEvent} event
   * @param {HTMLAnchorElement} link
   */
  onLeft(event, link) {
    event.preventDefault();
    this.ending = this.ending || this.recorder.note(LEFT).then(() => askWorker({ type: "visit", open: false }));
    const patience = new Promise((resolve) => setTimeout(resolve, LEAVE_MS));
    Promise.race([this.ending, patience]).then(() => location.assign(link.href));
  }

  onVisibility() {
    if (document.visibilityState === "visible") this.recorder.refresh();
    else this.recorder.write();
  }

  show() {
    const { recorder, root, checks } = this;
    const { answers, worst } = readAnswers(checks, recorder.events, (danger) => this.dangerLevel(danger));
    for (const input of this.inputs()) input.checked = answers[input.name] === input.value;
    if (recorder.visit || (recorder.canBegin && recorder.unsaved.length > 0)) keepAwake();
    this.showLog();
    if (checks.length === 0) {
      recorder.remember(recorder.level);
      return;
    }
    const least = pickWorse(recorder.isRead ? "start" : recorder.level, recorder.isUnreadable ? "caution" : "start");
    const level = computeVerdict(checks, answers, pickWorse(worst, least));
    showVerdict(root, level, checks, answers);
    recorder.remember(level);
    this.countHours(answers);
  }

  /** @returns {HTMLInputElement[]} */
  inputs() {
    return this.fieldsets.flatMap((fieldset) => Array.from(fieldset.querySelectorAll("input")));
  }

  /**
   * Outside lawful hours the screen shows it by itself; once a visit is open it counts like an answer.
   *
   * @param {import("./verdict.js").Answers} answers
   */
  countHours(answers) {
    const isKnown = this.recorder.isRead || this.recorder.isUnreadable;
    const failed = showHours(this.root, this.fieldsets).filter(({ check }) => answers[check] === undefined);
    if (failed.length === 0 || !isKnown || Object.keys(answers).length === 0) return;
    this.recorder.note("visit.hours", ...failed.map(({ check, bad }) => `check.${check}.${bad}`));
  }

  /**
   * Return what a danger asks for: the police, unless its button names another level (somebody is ill).
   *
   * @param {string} danger
   */
  dangerLevel(danger) {
    const link = this.root.querySelector(`[data-danger="${danger}"]`);
    return (link instanceof HTMLElement && link.dataset.level) || "police";
  }

  showLog() {
    const { visit, isUnsaved, isUnreadable } = this.recorder;
    findPart(this.root, "[data-log]").hidden = !visit && !isUnsaved && !isUnreadable;
    findPart(this.root, "[data-log-failed]").hidden = !isUnsaved;
    findPart(this.root, "[data-log-unreadable]").hidden = !isUnreadable;
    findPart(this.root, "[data-log-saved]").hidden = !visit || isUnsaved || isUnreadable;
    this.showTime();
  }

  showTime() {
    const { visit } = this.recorder;
    if (!visit) return;
    const seconds = Math.max(0, Math.floor((Date.now() - visit.openedMs) / 1000));
    const rest = String(seconds % 60).padStart(2, "0");
    findPart(this.root, "[data-timer]").textContent = `${Math.floor(seconds / 60)}:${rest}`;
  }
}

/**
 * @param {HTMLElement} fieldset
 * @returns {HTMLInputElement | null}
 */
function findCheckedInput(fieldset) {
  const input = fieldset.querySelector("input:checked");
  return input instanceof HTMLInputElement ? input : null;
}
