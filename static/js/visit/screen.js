import { findPart, findParts, readAttribute } from "../core/dom.js";
import { askWorker } from "../core/worker-link.js";
import { readAnswers } from "./answers.js";
import { keepAwake } from "./awake.js";
import { showOutsideHours } from "./hours.js";
import { LEFT } from "./log.js";
import { Recorder } from "./recorder.js";
import { computeAnswerLevel, computeVerdict, pickWorseLevel } from "./verdict.js";
import { repeatVerdict, showVerdict } from "./verdict-panel.js";

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
      kind: readAttribute(fieldset, "kind"),
    }));
    this.checkedInputs = /** @type {HTMLInputElement[]} */ (findParts(root, "input[data-checked]"));
    this.leftLink = root.querySelector('a[data-action="left"]');
    /** @type {Promise<unknown> | null} A visit ends once, however often the link is tapped. */
    this.ending = null;
    this.recorder = new Recorder(this.leftLink !== null, () => this.showVisit());
  }

  async start() {
    // A finger may have been faster than this script.
    const ticked = this.fieldsets.map(findCheckedInput);
    for (const fieldset of this.fieldsets) fieldset.addEventListener("change", () => this.onTick(fieldset));
    for (const input of this.checkedInputs) {
      input.addEventListener("change", () => this.recorder.recordEvents(`checked.${input.value}`));
    }
    this.root.querySelector("[data-new-visit]")?.addEventListener("click", () => this.onNewVisit());
    document.addEventListener("click", (event) => this.onClick(event));
    document.addEventListener("visibilitychange", () => this.onVisibility());
    window.addEventListener("pagehide", () => this.recorder.queueWrite());
    // The back key may bring this page back as it was left, though the visit has gone on or ended on another page.
    window.addEventListener("pageshow", (event) => {
      if (!event.persisted) return;
      this.ending = null;
      this.recorder.resume();
    });
    setInterval(() => this.recorder.retryFailed(), CHECK_MS);
    // The phone's storage may be slow or hang: what is tapped until it answers counts at once.
    const resumed = this.recorder.resume();
    for (const input of ticked) if (input) this.recorder.recordEvents(`check.${input.name}.${input.value}`);
    await resumed;
  }

  /** @param {HTMLElement} fieldset */
  onTick(fieldset) {
    const input = findCheckedInput(fieldset);
    if (!input) return;
    const { answers } = this.readVisitAnswers();
    const event = `check.${input.name}.${input.value}`;
    const check = this.checks.find(({ id }) => id === input.name);
    const isCorrection = check !== undefined && computeAnswerLevel(check, answers[check.id]) !== "start";
    this.recorder.recordEvents(...(isCorrection ? [event, "visit.corrected"] : [event]));
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
    const { say, danger, tile } = link.dataset;
    if (say) this.recorder.recordEvents(`say.${say}`);
    if (danger || tile) this.recorder.recordEvents(danger ? `danger.${danger}` : `tile.${tile}`);
    if (link.protocol === "tel:") this.recorder.recordEvents("visit.call");
    if (link.protocol === "sms:") this.recorder.recordEvents("visit.text");
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
    this.ending = this.ending || this.recorder.recordEvents(LEFT).then(() => askWorker({ type: "visit", open: false }));
    const patience = new Promise((resolve) => setTimeout(resolve, LEAVE_MS));
    Promise.race([this.ending, patience]).then(() => location.assign(link.href));
  }

  /** Somebody else is at the door: nothing of the visit before counts for them. */
  onNewVisit() {
    const { recorder } = this;
    // A tap that came before all that was stored has begun the new visit already.
    recorder.recordEvents(LEFT).then(() => askWorker({ type: "visit", open: recorder.visit !== null }));
    this.root.scrollIntoView();
  }

  onVisibility() {
    if (document.visibilityState === "visible") this.recorder.refresh();
    else this.recorder.queueWrite();
  }

  /** Show the visit as it is recorded: ticks, verdict, log. */
  showVisit() {
    const { recorder, root, checks } = this;
    const reading = this.readVisitAnswers();
    for (const input of this.listInputs()) input.checked = reading.answers[input.name] === input.value;
    for (const input of this.checkedInputs) input.checked = reading.checked === input.value;
    if (recorder.visit || (recorder.canBegin && recorder.unsaved.length > 0)) keepAwake();
    this.showLogState();
    if (!root.querySelector("[data-verdict]")) {
      recorder.rememberInTab(recorder.level);
      return;
    }
    const least = pickWorseLevel(
      recorder.isRead ? "start" : recorder.level,
      recorder.isUnreadable ? "caution" : "start",
    );
    const level = computeVerdict(checks, reading.answers, pickWorseLevel(reading.worst, least));
    showVerdict(root, level, reading);
    for (const place of findParts(root, "[data-verdict-again]")) repeatVerdict(root, place, reading.checked !== "");
    for (const note of findParts(root, "[data-corrected]")) note.hidden = !reading.isCorrected;
    for (const button of findParts(root, "[data-new-visit]")) button.hidden = recorder.events.length === 0;
    recorder.rememberInTab(level);
    this.recordOutsideHours(reading.answers);
  }

  /** Return what the recorded events say so far. */
  readVisitAnswers() {
    return readAnswers(this.checks, this.recorder.events, (kind, id) => this.findTapLevel(kind, id));
  }

  /** @returns {HTMLInputElement[]} */
  listInputs() {
    return this.fieldsets.flatMap((fieldset) => Array.from(fieldset.querySelectorAll("input")));
  }

  /**
   * Show and record by itself that it is outside lawful hours; once a visit is open that counts like an answer.
   *
   * @param {import("./verdict.js").Answers} answers
   */
  recordOutsideHours(answers) {
    const isKnown = this.recorder.isRead || this.recorder.isUnreadable;
    const failed = showOutsideHours(this.root, this.fieldsets).filter(
      ({ check, visitors }) => answers[check] === undefined && this.mayBeAtDoor(visitors),
    );
    if (failed.length === 0 || !isKnown || this.recorder.events.length === 0) return;
    this.recorder.recordEvents("visit.hours", ...failed.map(({ check, bad }) => `check.${check}.${bad}`));
  }

  /**
   * Return whether those at the door may be of one of these kinds, by what they claim: hours for collectors bind no police.
   *
   * @param {string[]} visitors
   */
  mayBeAtDoor(visitors) {
    const claimed = this.recorder.events
      .filter((event) => event.startsWith("tile."))
      .map((event) => this.root.querySelector(`[data-tile="${event.slice(5)}"]`)?.getAttribute("data-visitors"))
      .flatMap((kinds) => (kinds ? kinds.split(" ") : []));
    return claimed.length === 0 || claimed.some((kind) => visitors.includes(kind));
  }

  /**
   * Return what a tap asks for. A danger that this page does not have asks for the police, anything else for a stop.
   *
   * @param {string} kind - `danger` or `tile`.
   * @param {string} id - Also that of a sign which an earlier release asked about.
   */
  findTapLevel(kind, id) {
    const link = this.root.querySelector(`[data-${kind}="${id}"], [data-tile][data-was~="${id}"]`);
    return (link instanceof HTMLElement && link.dataset.level) || (kind === "danger" ? "police" : "stop");
  }

  /** Show whether the log is being kept, and since when. */
  showLogState() {
    const { visit, isUnsaved, isUnreadable } = this.recorder;
    findPart(this.root, "[data-log-failed]").hidden = !isUnsaved;
    findPart(this.root, "[data-log-unreadable]").hidden = !isUnreadable;
    findPart(this.root, "[data-log]").hidden = !visit || isUnsaved || isUnreadable;
    if (visit) findPart(this.root, "[data-since]").textContent = visit.openedAt.slice(11, 16);
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
