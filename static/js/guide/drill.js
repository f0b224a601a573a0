import { findPart, findParts } from "../core/dom.js";

const SECONDS = 60;

/** One line of pressure after another, sixty seconds in all. Without script all of them stand on the page at once. */
export class Drill {
  /** @param {HTMLElement} root */
  constructor(root) {
    this.root = root;
    this.questions = findParts(root, "[data-drill]");
    this.startButton = findPart(root, "[data-drill-start]");
    this.clock = findPart(root, "[data-drill-clock]");
    this.end = findPart(root, "[data-drill-end]");
    this.endWords = this.end.textContent || "";
    this.goodAnswers = 0;
    this.startedMs = 0;
    this.timer = 0;
  }

  /** Show the button that starts it. */
  start() {
    for (const [number, question] of this.questions.entries()) {
      const next = findPart(question, "[data-drill-next]");
      question.addEventListener("change", (event) => this.onAnswer(question, next, event));
      next.addEventListener("click", () => this.showQuestion(number + 1));
    }
    this.hideAllBut(-1);
    this.startButton.addEventListener("click", () => this.beginDrill());
    this.startButton.hidden = false;
  }

  beginDrill() {
    for (const input of this.questions.flatMap((question) => Array.from(question.querySelectorAll("input")))) {
      input.checked = false;
    }
    for (const button of findParts(this.root, "[data-drill-next]")) button.hidden = true;
    // The sentence to say would give the answer away.
    for (const after of findParts(this.root, "[data-drill-after]")) after.hidden = true;
    this.goodAnswers = 0;
    this.startButton.hidden = true;
    this.end.hidden = true;
    this.clock.hidden = false;
    this.startedMs = Date.now();
    this.timer = window.setInterval(() => this.showTime(), 500);
    this.showTime();
    this.showQuestion(0);
  }

  showTime() {
    const secondsLeft = SECONDS - Math.floor((Date.now() - this.startedMs) / 1000);
    findPart(this.root, "[data-drill-time]").textContent = String(Math.max(0, secondsLeft));
    if (secondsLeft <= 0) this.finishDrill();
  }

  /**
   * Show one question, or the end after the last.
   *
   * @param {number} number
   */
  showQuestion(number) {
    if (number >= this.questions.length) {
      this.finishDrill();
      return;
    }
    this.hideAllBut(number);
    // The time and, below it, the whole question; the focus alone would bring no more than the first answer into view.
    findPart(this.questions[number], "input").focus({ preventScroll: true });
    this.clock.scrollIntoView();
  }

  /**
   * The first answer counts: looking at the good one afterwards does not.
   *
   * @param {HTMLElement} question
   * @param {HTMLElement} next
   * @param {Event} event
   */
  onAnswer(question, next, event) {
    findPart(question, "[data-drill-after]").hidden = false;
    const isGood = event.target instanceof Element && event.target.hasAttribute("data-good");
    if (next.hidden && isGood) this.goodAnswers += 1;
    next.hidden = false;
  }

  finishDrill() {
    clearInterval(this.timer);
    this.hideAllBut(-1);
    this.clock.hidden = true;
    this.startButton.hidden = false;
    this.end.textContent = this.endWords.replace("{number}", () => `${this.goodAnswers} / ${this.questions.length}`);
    this.end.hidden = false;
  }

  /** @param {number} number - Of the question that is shown; -1 for none. */
  hideAllBut(number) {
    for (const [place, question] of this.questions.entries()) question.hidden = place !== number;
  }
}
