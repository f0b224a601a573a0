import { page } from "../core/dom.js";
import { warnIfLate } from "../core/late.js";
import { isRecent } from "../core/visit-age.js";
import { askWorker } from "../core/worker-link.js";
import { findOpenVisit, isOpen, LEFT, storeTaps } from "./log.js";
import { readTabMemory, writeTabMemory } from "./tab-memory.js";

/** @typedef {import("./log.js").Tap} Tap */

/**
 * Records the taps of a visit. A tap counts at once; it is kept in memory until the phone has stored it, and stored again
 * when that failed.
 */
export class Recorder {
  /**
   * @param {boolean} canBegin - A page that cannot end a visit does not begin one.
   * @param {() => void} onChange - Called after each change of what is recorded, and of what is known about it.
   */
  constructor(canBegin, onChange) {
    this.canBegin = canBegin;
    this.onChange = onChange;
    /** @type {import("./log.js").Visit | null} */
    this.visit = null;
    /** @type {string[]} The events of the visit that are stored, as far as this page knows. */
    this.stored = [];
    /** @type {Tap[]} */
    this.unsaved = [];
    /** The verdict that is shown, and since when: until the stored events are known, no calmer one may be shown. */
    this.level = "start";
    this.levelMs = 0;
    /** Everything stored of the visit is in `stored`. */
    this.isRead = false;
    this.isUnreadable = false;
    /** A tap is not stored, and the page has waited long enough to show that. */
    this.isUnsaved = false;
    /** Reads and writes happen one after another, in the order of the taps. */
    this.work = Promise.resolve();
    /** @type {Promise<void> | null} A read that has not ended. */
    this.reading = null;
    /** @type {Promise<void> | null} A write that has not begun: it will include what is tapped until then. */
    this.nextWrite = null;
  }

  /** Begin, or begin again, with what this tab and this phone keep. */
  resume() {
    const memory = readTabMemory();
    if (memory) {
      this.unsaved = memory.taps.map((tap) => ({ ...tap, isRetry: true }));
      this.level = memory.level;
      this.levelMs = memory.levelMs;
    }
    return this.refresh();
  }

  /** Read the visit again: another page may have gone on with it, ended it or removed it; or it is over. */
  refresh() {
    this.forgetVisitIfOver();
    this.onChange();
    return Promise.all([this.queueRead(), this.queueWrite()]);
  }

  /** Try again what has failed. */
  retryFailed() {
    this.forgetVisitIfOver();
    this.onChange();
    if (!this.isRead) this.queueRead();
    this.queueWrite();
  }

  /** @returns {string[]} The events of the visit that is going on, oldest first. */
  get events() {
    const recent = this.unsaved.filter(({ ms }) => isRecent(ms));
    const events = [...this.stored, ...this.listOwnEvents(recent)];
    return events.slice(events.lastIndexOf(LEFT) + 1);
  }

  /**
   * Return the events of those taps that belong to this visit.
   *
   * @param {Tap[]} taps
   */
  listOwnEvents(taps) {
    const id = this.visit?.id;
    return taps.filter(({ visit }) => visit === null || visit === id).map(({ what }) => what);
  }

  /** Forget a visit that began too long ago: it is not the one at the door now, and the next tap begins a new one. */
  forgetVisitIfOver() {
    if (this.visit && !isOpen(this.visit)) this.forgetVisit();
    if (!isRecent(this.levelMs)) this.level = "start";
  }

  forgetVisit() {
    this.visit = null;
    this.stored = [];
    this.level = "start";
    this.isRead = false;
  }

  /** Read the visit after what is being read or written now. */
  queueRead() {
    if (!this.reading) {
      this.reading = this.work.then(() => this.readVisit());
      this.work = this.reading;
    }
    return warnIfLate(this.reading, () => this.showUnreadable()).then(this.onChange);
  }

  async readVisit() {
    try {
      const open = await findOpenVisit();
      if (!open || open.visit.id !== this.visit?.id) this.forgetVisit();
      this.visit = open ? open.visit : null;
      this.stored = open ? open.events.map(({ what }) => what) : [];
      this.isRead = true;
      this.isUnreadable = false;
    } catch (_error) {
      this.isUnreadable = !this.isRead;
    }
    this.reading = null;
  }

  /** Show that what is stored is not known: it may hold a stop. What an earlier reading found still counts. */
  showUnreadable() {
    this.isUnreadable = !this.isRead;
    this.onChange();
  }

  /**
   * Record what was just tapped: it counts at once, and is stored as soon as the phone does.
   *
   * @param {string[]} events
   */
  recordEvents(...events) {
    this.forgetVisitIfOver();
    const { canBegin } = this;
    const visit = this.visit?.id ?? null;
    for (const what of events) {
      this.unsaved.push({ what, ms: Date.now(), key: page.key, visit, canBegin, isRetry: false });
    }
    if (events.includes(LEFT)) this.level = "start";
    this.onChange();
    return this.queueWrite();
  }

  /** Store what is not stored yet, after what is being read or written now. */
  queueWrite() {
    if (this.unsaved.length === 0) return this.work;
    if (!this.nextWrite) {
      this.nextWrite = this.work.then(() => {
        this.nextWrite = null;
        return this.writeTaps(this.unsaved.slice());
      });
      this.work = this.nextWrite;
    }
    return warnIfLate(this.nextWrite, () => this.showUnsaved()).then(this.onChange);
  }

  showUnsaved() {
    this.isUnsaved = this.unsaved.length > 0;
    this.onChange();
  }

  /** @param {Tap[]} taps */
  async writeTaps(taps) {
    try {
      const { visit, isNew } = await storeTaps(taps);
      this.unsaved = this.unsaved.filter((tap) => !taps.includes(tap));
      this.isUnsaved = false;
      if (isNew) askWorker({ type: "visit", open: true });
      await this.adoptVisit(visit, isNew, taps);
    } catch (_error) {
      for (const tap of taps) tap.isRetry = true;
      this.isUnsaved = this.unsaved.length > 0;
    }
  }

  /**
   * Go on with the visit that the phone has stored taps in.
   *
   * @param {import("./log.js").Visit | null} visit
   * @param {boolean} isNew
   * @param {Tap[]} taps
   */
  async adoptVisit(visit, isNew, taps) {
    const isSame = visit?.id === this.visit?.id;
    if (visit && !isSame) {
      this.stored = [];
      this.isRead = this.isRead && isNew && this.visit === null;
      this.visit = visit;
    }
    this.stored.push(...this.listOwnEvents(taps));
    if (!this.isRead || !visit) await this.readVisit();
  }

  /**
   * Keep in this tab what the phone may not have stored, for a reload.
   *
   * @param {string} level - The verdict that is shown.
   */
  rememberInTab(level) {
    if (level !== this.level) this.levelMs = Date.now();
    this.level = level;
    writeTabMemory({ taps: this.unsaved, level, levelMs: this.levelMs });
  }
}
