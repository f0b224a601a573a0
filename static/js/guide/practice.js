import { part, parts } from "../core/dom.js";
import { readSettings, writeSettings } from "../core/settings.js";

const SECONDS = 60;

/**
 * The checklist and the drill.
 *
 * @param {HTMLElement} root
 */
export async function startPractice(root) {
  if (root.querySelector("[data-drills]")) startDrill(root);
  if (root.querySelector("[data-prepare]")) await startChecklist(root);
}

/** @param {HTMLElement} root */
async function startChecklist(root) {
  const boxes = /** @type {HTMLInputElement[]} */ (parts(root, "[data-prepare]"));
  const failed = part(root, "[data-tick-failed]");
  const name = (/** @type {HTMLInputElement} */ box) => `prepare.${box.dataset.prepare}`;
  /** @type {Set<HTMLInputElement>} What was ticked before the stored ticks were read stays as it was ticked. */
  const touched = new Set();
  for (const box of boxes) {
    box.addEventListener("change", async () => {
      touched.add(box);
      try {
        await writeSettings({ [name(box)]: box.checked ? "yes" : "" });
        failed.hidden = true;
      } catch (_error) {
        box.checked = !box.checked;
        failed.hidden = false;
      }
    });
  }
  try {
    const entered = await readSettings();
    for (const box of boxes) if (!touched.has(box)) box.checked = entered[name(box)] === "yes";
  } catch (_error) {
    failed.hidden = false;
  }
}

/**
 * One line of pressure after another, sixty seconds in all. Without script all of them stand on the page at once.
 *
 * @param {HTMLElement} root
 */
function startDrill(root) {
  const drills = parts(root, "[data-drill]");
  const start = part(root, "[data-drill-start]");
  const clock = part(root, "[data-drill-clock]");
  const time = part(root, "[data-drill-time]");
  const end = part(root, "[data-drill-end]");
  const words = end.textContent || "";
  let current = 0;
  let good = 0;
  let ticking = 0;
  const showOnly = (/** @type {number} */ number) => {
    for (const [place, drill] of drills.entries()) drill.hidden = place !== number;
  };
  const finish = () => {
    clearInterval(ticking);
    showOnly(-1);
    clock.hidden = true;
    start.hidden = false;
    end.textContent = words.replace("{number}", `${good} / ${drills.length}`);
    end.hidden = false;
  };
  const ask = (/** @type {number} */ number) => {
    current = number;
    if (current >= drills.length) return finish();
    showOnly(current);
    // The time and, below it, the whole question; the focus alone would bring no more than the first answer into view.
    part(drills[current], "input").focus({ preventScroll: true });
    clock.scrollIntoView();
  };
  for (const drill of drills) {
    const button = part(drill, "[data-drill-next]");
    const after = part(drill, "[data-drill-after]");
    drill.addEventListener("change", (event) => {
      after.hidden = false;
      if (button.hidden && /** @type {HTMLElement} */ (event.target).hasAttribute("data-good")) good += 1;
      button.hidden = false;
    });
    button.addEventListener("click", () => ask(current + 1));
  }
  start.hidden = false;
  showOnly(-1);
  start.addEventListener("click", () => {
    for (const input of /** @type {HTMLInputElement[]} */ (parts(root, "[data-drill] input"))) input.checked = false;
    for (const button of parts(root, "[data-drill-next]")) button.hidden = true;
    // The sentence to say would give the answer away.
    for (const after of parts(root, "[data-drill-after]")) after.hidden = true;
    good = 0;
    start.hidden = true;
    end.hidden = true;
    clock.hidden = false;
    const startedMs = Date.now();
    const tick = () => {
      const left = SECONDS - Math.floor((Date.now() - startedMs) / 1000);
      time.textContent = String(Math.max(0, left));
      if (left <= 0) finish();
    };
    ticking = window.setInterval(tick, 500);
    tick();
    ask(0);
  });
}
