import { page, part, parts } from "../core/dom.js";
import { askWorker } from "../core/worker-link.js";
import { keepAwake } from "./awake.js";
import { isOutsideHours } from "./clock.js";
import { addEvent, beginVisit, endVisit, openVisit } from "./log.js";
import { failureLevel, judge, worse, worstFailure } from "./verdict.js";

/** Hours begin and end while the screen is open. */
const CLOCK_MS = 15000;

/** A tap that is not on the disk after this long is shown as not saved, until it is. */
const WRITE_PATIENCE_MS = 4000;

/**
 * The visit screen: every tick, danger and call goes into the log, and the verdict follows.
 *
 * @param {HTMLElement} root
 */
export class VisitScreen {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.fieldsets = parts(root, "[data-check]");
    this.checks = this.fieldsets.map(({ dataset }) => ({
      id: dataset.check || "",
      bad: dataset.bad || "no",
      severity: dataset.severity || "stop",
    }));
    /** @type {Record<string, string>} */
    this.answers = {};
    this.floor = "start";
    /** @type {import("./log.js").Visit | null} */
    this.visit = null;
    /** Writes happen one after another, in the order of the taps. */
    this.writing = Promise.resolve();
    /** Something could not be written: that is not taken back by a later write. */
    this.lost = false;
    this.left = root.querySelector('a[data-action="left"]');
    /** @type {Promise<void> | null} A visit ends once, however often the link is tapped. */
    this.ending = null;
  }

  async start() {
    for (const fieldset of this.fieldsets) fieldset.addEventListener("change", () => this.onTick(fieldset));
    for (const link of parts(this.root, "[data-danger]")) link.addEventListener("click", () => this.onDanger(link));
    for (const link of parts(document, "[data-say]")) {
      link.addEventListener("click", () => this.note(`say.${link.dataset.say}`));
    }
    this.watchCalls();
    const { left } = this;
    if (left instanceof HTMLAnchorElement) left.addEventListener("click", (event) => this.onLeft(event, left));
    // The phone's storage may be slow or hang: what is tapped meanwhile, or was before this script ran, counts at once.
    this.writing = this.restore();
    for (const fieldset of this.fieldsets) this.onTick(fieldset);
    this.watchClock();
    setInterval(() => this.showTime(), 1000);
    setInterval(() => this.watchClock(), CLOCK_MS);
    // The back key may bring this page back as it was left, though the visit has gone on or ended on another page.
    window.addEventListener("pageshow", (event) => {
      if (event.persisted) this.resume();
    });
    await this.writing;
  }

  /** Go on with the visit that is open on this phone: its answers, and what has already failed. */
  async restore() {
    let open;
    try {
      open = await openVisit();
    } catch (_error) {
      this.lost = true;
      this.showFailed(true);
      return;
    }
    if (!open) return;
    this.visit = open.visit;
    const meanwhile = this.answers;
    this.answers = {};
    for (const { what } of open.events) {
      const [kind, id, answer] = what.split(".");
      if (kind === "check") this.answer(id, answer);
      if (kind === "danger") this.floor = worse(this.floor, this.dangerLevel(id));
    }
    for (const [id, answer] of Object.entries(meanwhile)) this.answer(id, answer);
    for (const [id, answer] of Object.entries(this.answers)) {
      const input = this.root.querySelector(`input[name="${id}"][value="${answer}"]`);
      if (input instanceof HTMLInputElement) input.checked = true;
    }
    keepAwake();
    this.showTime();
    this.watchClock();
    this.showVerdict();
  }

  /** Begin again from what is stored. */
  resume() {
    this.visit = null;
    this.ending = null;
    this.answers = {};
    this.floor = "start";
    for (const fieldset of this.fieldsets) {
      for (const input of Array.from(fieldset.querySelectorAll("input"))) input.checked = false;
    }
    this.showTime();
    this.showVerdict();
    this.writing = this.writing.then(() => this.restore());
  }

  /**
   * @param {string} id
   * @param {string} answer
   */
  answer(id, answer) {
    this.answers = { ...this.answers, [id]: answer };
    this.floor = worse(this.floor, failureLevel(this.checks, this.answers));
  }

  /** @param {HTMLElement} fieldset */
  onTick(fieldset) {
    const input = fieldset.querySelector("input:checked");
    if (!(input instanceof HTMLInputElement)) return;
    this.answer(fieldset.dataset.check || "", input.value);
    this.note(`check.${fieldset.dataset.check}.${input.value}`);
    this.watchClock();
    this.showVerdict();
  }

  /** @param {HTMLElement} link */
  onDanger(link) {
    const { danger = "" } = link.dataset;
    this.floor = worse(this.floor, this.dangerLevel(danger));
    this.note(`danger.${danger}`);
    this.showVerdict();
  }

  /**
   * What a danger asks for: the police, unless its button says that it is another's matter (somebody is ill).
   *
   * @param {string} danger
   */
  dangerLevel(danger) {
    const link = this.root.querySelector(`[data-danger="${danger}"]`);
    return (link instanceof HTMLElement && link.dataset.level) || "police";
  }

  /** Calls are noted beside the link, never before it: nothing stands between the finger and the dialler. */
  watchCalls() {
    document.addEventListener("click", (event) => {
      const link = event.target instanceof Element ? event.target.closest('a[href^="tel:"], a[href^="sms:"]') : null;
      if (link) this.note(link.getAttribute("href")?.startsWith("tel:") ? "visit.call" : "visit.text");
    });
  }

  /**
   * End the visit, then go on; a phone that cannot write must not keep anyone on this page.
   *
   * @param {MouseEvent} event
   * @param {HTMLAnchorElement} link
   */
  onLeft(event, link) {
    event.preventDefault();
    this.ending = this.ending || this.end();
    const patience = new Promise((resolve) => setTimeout(resolve, 1500));
    Promise.race([this.ending, patience]).then(() => location.assign(link.href));
  }

  async end() {
    try {
      await this.writing;
      if (this.visit) await endVisit(this.visit);
      await askWorker({ type: "visit", open: false });
    } catch (_error) {
      this.ending = null;
    }
  }

  /**
   * Add to the log; the first tap of a visit opens it. A page that cannot end a visit does not begin one.
   *
   * @param {string} what
   */
  note(what) {
    const late = setTimeout(() => this.showFailed(true), WRITE_PATIENCE_MS);
    this.writing = this.writing
      .then(async () => {
        if (!this.visit) {
          if (!this.left) return;
          this.visit = await beginVisit(page.key);
          askWorker({ type: "visit", open: true });
          keepAwake();
        }
        await addEvent(/** @type {number} */ (this.visit.id), what);
        this.root.dataset.logged = String(Number(this.root.dataset.logged || "0") + 1);
        this.showTime();
      })
      .catch(() => {
        this.lost = true;
      })
      .then(() => {
        clearTimeout(late);
        this.showFailed(this.lost);
      });
  }

  /** Outside lawful hours the screen says so by itself; once a visit is open it counts like an answer. */
  watchClock() {
    for (const fieldset of this.fieldsets) {
      const { from, to, days = "", zone = "", check = "", bad = "yes" } = fieldset.dataset;
      if (!from || !to) continue;
      const outside = isOutsideHours(new Date(), { from, to, days, zone });
      for (const notice of parts(this.root, `[data-clock="${check}"]`)) notice.hidden = !outside;
      const begun = Object.keys(this.answers).length > 0;
      if (outside && begun && this.answers[check] === undefined) {
        const input = fieldset.querySelector(`input[value="${bad}"]`);
        if (input instanceof HTMLInputElement) input.checked = true;
        this.answer(check, bad);
        this.note("visit.hours");
        this.note(`check.${check}.${bad}`);
        this.showVerdict();
      }
    }
  }

  showVerdict() {
    const box = this.root.querySelector("[data-verdict]");
    if (!(box instanceof HTMLElement)) return;
    const level = judge(this.checks, this.answers, this.floor);
    box.dataset.verdict = level;
    const failed = worstFailure(this.checks, this.answers);
    const panel = part(box, `[data-panel="${level}"]`);
    const next = panel.querySelector("[data-next]");
    if (!failed || !(next instanceof HTMLElement) || failureLevel(this.checks, this.answers) !== level) return;
    // The one next step and the sentence are those of the check that failed.
    const advice = part(this.root, `[data-check="${failed.id}"] .check__fail`);
    next.textContent = part(advice, "p").textContent;
    const say = advice.querySelector("[data-say]");
    const old = panel.querySelector("[data-say]");
    if (say && old) {
      const fresh = /** @type {HTMLElement} */ (say.cloneNode(true));
      fresh.addEventListener("click", () => this.note(`say.${fresh.dataset.say}`));
      old.replaceWith(fresh);
    }
  }

  showTime() {
    part(this.root, "[data-log]").hidden = !this.visit && !this.lost;
    if (!this.visit) return;
    const seconds = Math.max(0, Math.floor((Date.now() - this.visit.openedMs) / 1000));
    const rest = String(seconds % 60).padStart(2, "0");
    part(this.root, "[data-timer]").textContent = `${Math.floor(seconds / 60)}:${rest}`;
  }

  /**
   * Say whether the log could not be written.
   *
   * @param {boolean} failed
   */
  showFailed(failed) {
    part(this.root, "[data-log]").hidden = !failed && !this.visit;
    part(this.root, "[data-log-failed]").hidden = !failed;
    part(this.root, "[data-log-saved]").hidden = failed;
  }
}
