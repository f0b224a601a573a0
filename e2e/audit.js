// What the audits measure inside a page. It is put into every page before the page's own scripts, past its
// Content-Security-Policy, and gives lists of lines that say what is wrong and where.
globalThis.audit = (() => {
  const SIZES = { checkOpacity: false, checkVisibilityCSS: true };
  // What is only heard is cut to a point on purpose; the skip link is, until it has the focus.
  const UNSEEN = ".skip, script, style, .for-reader";

  /** A short name for an element and the beginning of what it says. */
  function name(element) {
    const where = element.closest("[id]");
    const id = where ? `#${where.id} ` : "";
    const text = (element.textContent || "").trim().replace(/\s+/g, " ").slice(0, 40);
    return `${id}<${element.localName} class="${element.className}"> “${text}”`;
  }

  /** Every visible piece of text with the boxes of its lines. */
  function* texts(...roots) {
    for (const root of roots) yield* textsIn(root);
  }

  function* textsIn(root) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      if (!node.data.trim() || !element.checkVisibility(SIZES) || element.closest(UNSEEN)) continue;
      range.selectNodeContents(node);
      const lines = () => {
        range.selectNodeContents(node);
        return Array.from(range.getClientRects()).filter((box) => box.width > 0 && box.height > 0);
      };
      if (lines().length > 0) yield { element, lines };
    }
  }

  const isPainted = (style) =>
    Number.parseFloat(style.borderTopWidth) + Number.parseFloat(style.borderBottomWidth) > 0 ||
    !/^rgba\(.*, 0\)$|^transparent$/.test(style.backgroundColor);

  /** @type {Element | null} What lies over everything else until it is closed, apart from panels. */
  let onTop = null;

  /** A panel that is open lies over everything else, so only it is looked at, with the way back that stands beside it. */
  const shown = () => {
    if (onTop) return [onTop];
    const panel = document.querySelector(".panel:target");
    return panel ? [panel, ...document.querySelectorAll(".panel:target ~ .panel-tools")] : [document.body];
  };

  /** What is shown, and everything in it that a selector finds. */
  const inShown = (selector) => shown().flatMap((root) => Array.from(root.querySelectorAll(selector)));

  /** Text beyond the window's sides, out of its box, or cut off by it; and a page wider than the window. */
  function cutOff() {
    const problems = new Set();
    const readBox = makeBoxReader();
    const width = document.documentElement.clientWidth;
    const wide = document.scrollingElement.scrollWidth;
    if (wide > width) problems.add(`the page is ${wide} px wide, the window ${width}: it scrolls sideways`);
    for (const { element, lines } of texts(...shown())) {
      for (const line of lines()) {
        if (line.left < -1 || line.right > width + 1) problems.add(`beyond the window's side: ${name(element)}`);
        for (const problem of outOfBoxes(element, line, readBox)) problems.add(problem);
      }
    }
    for (const box of inShown("*")) {
      const style = getComputedStyle(box);
      if (!box.checkVisibility(SIZES) || style.overflowX === "visible" || box.matches(".for-reader")) continue;
      if (box.scrollWidth > box.clientWidth + 1) problems.add(`scrolls sideways or is cut: ${name(box)}`);
      const cuts = style.overflowY === "hidden" || style.overflowY === "clip";
      if (cuts && box.scrollHeight > box.clientHeight + 1) problems.add(`cut off below: ${name(box)}`);
    }
    for (const field of inShown("input, textarea, img, svg, hr")) {
      const box = field.getBoundingClientRect();
      if (field.checkVisibility(SIZES) && (box.left < -1 || box.right > width + 1)) {
        problems.add(`beyond the window's side: ${name(field)}`);
      }
    }
    return Array.from(problems);
  }

  /** Give a function that says what a box does with its text. Each is asked once: many lines stand in the same one. */
  function makeBoxReader() {
    const known = new Map();
    return (box) => {
      if (!known.has(box)) {
        const style = getComputedStyle(box);
        known.set(box, {
          holds: style.display !== "inline" && style.display !== "contents",
          edge: box.getBoundingClientRect(),
          scrolls: /auto|scroll/.test(style.overflowY),
          painted: isPainted(style),
          fixed: style.position === "fixed",
        });
      }
      return known.get(box);
    };
  }

  /** Where a line of text sticks out of the boxes that it stands in. */
  function* outOfBoxes(element, line, readBox) {
    for (let box = element; box && box !== document.body; box = box.parentElement) {
      const { holds, edge, scrolls, painted, fixed } = readBox(box);
      if (!holds) continue;
      // A box of no width lets its text hang out on purpose; the next one holds it.
      if (edge.width > 0 && (line.left < edge.left - 1 || line.right > edge.right + 1)) {
        yield `sticks out of the side of <${box.localName} class="${box.className}">: ${name(element)}`;
      }
      // The glyphs' line box is taller than the glyphs: three pixels are air.
      if (painted && !scrolls && (line.top < edge.top - 3 || line.bottom > edge.bottom + 3)) {
        yield `sticks out above or below <${box.localName} class="${box.className}">: ${name(element)}`;
      }
      if (scrolls || fixed) return;
    }
  }

  /** Scroll everything that scrolls so that `line()` stands in the middle of what is free between the sticky bars. */
  function bring(element, line) {
    for (let box = element; box && box !== document.documentElement; box = box.parentElement) {
      if (!/auto|scroll/.test(getComputedStyle(box).overflowY) || box.scrollHeight <= box.clientHeight) continue;
      const inner = line();
      const outer = box.getBoundingClientRect();
      box.scrollTop += (inner.top + inner.bottom - outer.top - outer.bottom) / 2;
    }
    const box = line();
    window.scrollBy({ top: (box.top + box.bottom) / 2 - innerHeight * 0.54, behavior: "instant" });
  }

  /** Whether nothing lies over the middle of `box`. */
  function isFree(element, box) {
    const hit = document.elementFromPoint((box.left + box.right) / 2, (box.top + box.bottom) / 2);
    return hit !== null && (element.contains(hit) || hit.contains(element));
  }

  /** Text that stays under something else, or outside the window, however far one scrolls. */
  function unreachable() {
    const problems = new Set();
    for (const { element, lines } of Array.from(texts(...shown()))) {
      const count = lines().length;
      for (const index of new Set([0, count - 1])) {
        const line = () => lines()[index] || element.getBoundingClientRect();
        // In view already, since the line before it was brought there.
        if (isFree(element, line())) continue;
        bring(element, line);
        if (!isFree(element, line())) problems.add(`cannot be brought into view: ${name(element)}`);
      }
    }
    return Array.from(problems);
  }

  /**
   * What has the focus now, and whether its middle (of a long text: its first line) can be seen; a hidden radio button is
   * seen as its label. `key` is one for each element: a link is not told by its address and height, two may share a line.
   */
  function focus() {
    const element = document.activeElement;
    if (!element || element === document.body) return null;
    const seen = element.type === "radio" ? element.labels[0] : element;
    let box = seen.getClientRects()[0] || seen.getBoundingClientRect();
    const style = getComputedStyle(seen);
    // Of a long text the browser brings the place where one writes into view: its beginning, when the Tab key leads there.
    if (seen.localName === "textarea") box = { ...box.toJSON(), bottom: box.top + Number.parseFloat(style.lineHeight) };
    // What is higher than half of what it is scrolled in may end beyond it: of that one line must be seen.
    const tall = box.height > heightOfScroller(seen) / 2;
    const lines = () => Array.from(texts(seen), ({ lines }) => lines()).flat();
    return {
      name: name(seen),
      key: keyOf(element),
      free: isFree(seen, box) || (tall && lines().some((line) => isFree(seen, line))),
      outlined: style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) >= 2,
    };
  }

  /** The height of the window, or of the strip that the element is scrolled in. */
  function heightOfScroller(element) {
    for (let box = element.parentElement; box && box !== document.body; box = box.parentElement) {
      if (/auto|scroll/.test(getComputedStyle(box).overflowY)) return box.clientHeight;
    }
    return innerHeight;
  }

  /** @type {WeakMap<Element, number>} */
  const keys = new WeakMap();
  let lastKey = 0;

  /** A number that no other element of this page has. */
  function keyOf(element) {
    if (!keys.has(element)) {
      lastKey += 1;
      keys.set(element, lastKey);
    }
    return keys.get(element);
  }

  /** @type {(ReturnType<typeof focus>)[]} */
  const stops = [];

  /** Note what has the focus whenever a key is pressed that will take it on. */
  function recordStops() {
    addEventListener("keydown", () => stops.push(focus()), { capture: true });
  }

  /** Give the stops that were noted since the last call, and what has the focus now. */
  function takeStops() {
    return [...stops.splice(0), focus()];
  }

  const FOCUSABLE = "a[href], button, input, select, summary, textarea, [tabindex]";

  /**
   * Give the focus to everything that the Tab key leads to, one after another, and note each stop.
   *
   * Focus by script takes the same way into view as focus by the Tab key, without an event for each.
   */
  function walkByFocus(backwards) {
    const places = Array.from(document.querySelectorAll(FOCUSABLE)).filter(
      (place) => place.tabIndex >= 0 && !place.disabled && place.checkVisibility(SIZES),
    );
    document.activeElement?.blur();
    scrollTo(0, backwards ? document.documentElement.scrollHeight : 0);
    return (backwards ? places.reverse() : places).map((place) => {
      place.focus();
      return focus();
    });
  }

  /** @type {Element[]} What was hidden until it was revealed. */
  let revealed = [];

  /** Show what the page's script may show: every notice, button and state line. */
  function reveal() {
    revealed = Array.from(document.querySelectorAll("[hidden]:not([data-labels])"));
    for (const element of revealed) element.hidden = false;
  }

  /** Open a panel, or leave it, as its link does; the page's script hears of it at once. */
  function openPanel(id) {
    location.hash = id;
    dispatchEvent(new HashChangeEvent("hashchange"));
    if (document.querySelector(":target")?.id !== id) throw new Error(`#${id} did not open`);
  }

  const longest = (texts) => texts.reduce((one, other) => (other.length > one.length ? other : one), "");

  /** Every number that the page can call. */
  const numbers = () => Array.from(document.querySelectorAll('a[href^="tel:"]'), ({ pathname }) => pathname);

  /** Put the page into each state that changes what stands on it, and back again. */
  function* states(panels) {
    yield "as it opens";
    for (const panel of panels) {
      openPanel(panel);
      yield `#${panel}`;
    }
    openPanel("main");
    const verdict = document.querySelector("[data-verdict]");
    const before = verdict?.dataset.verdict;
    const panelsBefore = verdict?.innerHTML;
    if (document.querySelector(".check, .variant")) {
      const levels = { good: "no-warning-yet", unsure: "caution", bad: "stop" };
      for (const [answer, level] of Object.entries(levels)) {
        tickAll(answer);
        if (verdict) showLongestVerdict(verdict, level);
        yield `every answer ${answer}`;
      }
      if (verdict) showLongestVerdict(verdict, "police");
    }
    reveal();
    const note = document.querySelector("[data-dial-yourself]");
    if (note) note.hidden = true;
    yield "everything revealed";
    for (const element of revealed) element.hidden = true;
    if (note) {
      onTop = note;
      note.hidden = false;
      note.querySelector("[data-digits]").textContent = longest(numbers());
      yield "a number to dial oneself";
      note.hidden = true;
      onTop = null;
    }
    if (verdict) {
      verdict.dataset.verdict = before;
      verdict.innerHTML = panelsBefore;
    }
    for (const input of document.querySelectorAll("input[type=radio]")) input.checked = input.defaultChecked;
  }

  /** Show a verdict with the longest step and the longest sentence that anything on the page leads to. */
  function showLongestVerdict(verdict, level) {
    const words = (selector) => Array.from(document.querySelectorAll(selector), (place) => place.textContent.trim());
    const panels = Array.from(document.querySelectorAll(".panel[id^=tile-], .panel[id^=danger-]"));
    const reacted = panels.map((panel) => {
      const [title, step] = ["h2", ".panel__do"].map((part) => panel.querySelector(part).textContent);
      return `${title} · ${step}`;
    });
    const panel = verdict.querySelector(`[data-panel="${level}"]`);
    const fill = (part, text) => {
      const place = panel.querySelector(part);
      if (place && text.length > place.textContent.length) place.textContent = text;
    };
    fill("[data-next]", longest([...reacted, ...words(".check__fail p, .check__unsure p, .checked__next")]));
    fill(".say__spoken", longest(words(".panel .panel__spoken")));
    fill(".say__meaning", longest(words(".panel--say > p:not(.panel__spoken, .panel__read), .panel .say__meaning")));
    verdict.dataset.verdict = level;
  }

  /** Take one measurement in every state, with these panels opened. */
  function inEachState(measure, panels) {
    return Array.from(states(panels), (state) => measure().map((problem) => `${state}: ${problem}`)).flat();
  }

  /** The places of this page that its links lead to. */
  function targets() {
    return Array.from(new Set(Array.from(document.querySelectorAll('a[href^="#"]'), (link) => link.hash.slice(1))));
  }

  /** Whether the first line of the place that is open now is covered. */
  function isCovered(id) {
    const [{ element, lines }] = texts(document.getElementById(id));
    return id !== "main" && !isFree(element, lines()[0]);
  }

  /** The panels among these places whose first line is covered when a link opens them. */
  function coveredPanels() {
    const covered = targets().filter((id) => {
      const target = document.getElementById(id);
      if (!target.matches(".panel")) return false;
      openPanel(id);
      target.scrollTop = 0; // where an earlier measurement has left it
      return isCovered(id);
    });
    openPanel("main");
    return covered;
  }

  /** The other places: the page has to be scrolled there, which takes a frame. */
  function places() {
    return targets().filter((id) => !document.getElementById(id).matches(".panel"));
  }

  /** Tick every check with `answer`: `good`, `bad` or `unsure`, and what the official number said accordingly. */
  function tickAll(answer) {
    for (const check of document.querySelectorAll(".check")) {
      const { bad } = check.dataset;
      const good = bad === "no" ? "yes" : "no";
      check.querySelector(`input[value="${{ good, bad, unsure: "unsure" }[answer]}"]`).checked = true;
    }
    const said = { good: "confirmed", bad: "unknown-to-them", unsure: "no-answer" }[answer];
    for (const input of document.querySelectorAll(`.checked > [value="${said}"]`)) input.checked = true;
    const variant = answer === "good" ? "no" : "yes";
    for (const input of document.querySelectorAll(`.variant > [value="${variant}"]`)) input.checked = true;
  }

  /** The generated parts of an element that are drawn with a line: those that stay when grounds lose their colour. */
  function drawn(element) {
    return ["::before", "::after"].filter((pseudo) => {
      const style = getComputedStyle(element, pseudo);
      const width = Number.parseFloat(style.borderBottomWidth) + Number.parseFloat(style.borderTopWidth);
      return style.content !== "none" && style.display !== "none" && width >= 2;
    });
  }

  /** Every element and its generated parts with something that moves. */
  function moving() {
    const problems = document.getAnimations().map((animation) => `runs: ${name(animation.effect.target)}`);
    for (const element of document.querySelectorAll("*")) {
      for (const pseudo of [undefined, "::before", "::after"]) {
        const style = getComputedStyle(element, pseudo);
        const times = `${style.animationDuration}, ${style.transitionDuration}`.split(", ").map(Number.parseFloat);
        const animated = style.animationName !== "none" || times[times.length - 1] > 0;
        if (animated && Math.max(...times) > 0.01) problems.push(`moves: ${name(element)}`);
      }
      if (getComputedStyle(element).scrollBehavior === "smooth") problems.push(`scrolls smoothly: ${name(element)}`);
    }
    return problems;
  }

  /** Text that a printer without coloured grounds would not show in black. */
  function notBlackOnWhite() {
    const problems = new Set();
    for (const { element } of texts(document.body)) {
      const { color } = getComputedStyle(element);
      if (color !== "rgb(0, 0, 0)") problems.add(`${color}: ${name(element)}`);
      for (let box = element; box; box = box.parentElement) {
        const { backgroundColor } = getComputedStyle(box);
        if (!/^rgba\(.*, 0\)$|^rgb\(255, 255, 255\)$/.test(backgroundColor))
          problems.add(`on ${backgroundColor}: ${name(box)}`);
      }
    }
    return Array.from(problems);
  }

  /**
   * Elements that something other than a catalogue puts words into: official titles, the names of languages, and on paper
   * the page's address.
   */
  const OWN_WORDS = "cite, [hreflang], .keep-list [lang], [data-labels] dt, [data-print-foot], script, style, option";

  /**
   * What a person may read or hear of this page, shown or hidden: a line for each block, and one for each attribute.
   * Sentences in the language `spoken`, which say so themselves, and official titles are left out.
   */
  function words(spoken) {
    /** @type {Map<Element, string>} */
    const blocks = new Map();
    const roots = [document.body, ...Array.from(document.querySelectorAll("template"), ({ content }) => content)];
    for (const root of roots) {
      const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
      for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        if (!node.data.trim() || node.parentElement.closest(OWN_WORDS)) continue;
        const lang = node.parentElement.closest("[lang]")?.lang || "";
        if (lang === spoken) continue;
        let block = node.parentElement;
        while (/^(inline|inline-block|contents)$/.test(getComputedStyle(block).display)) block = block.parentElement;
        blocks.set(block, `${blocks.get(block) || ""} ${node.data}`);
      }
    }
    const lines = Array.from(blocks.values(), (text) => text.replace(/\s+/g, " ").trim());
    lines.push(document.title);
    for (const meta of document.querySelectorAll("meta[name=description], meta[name$=title]")) lines.push(meta.content);
    for (const attribute of ["aria-label", "title", "alt", "placeholder", "aria-description", "aria-valuetext"]) {
      for (const element of document.querySelectorAll(`[${attribute}]`)) lines.push(element.getAttribute(attribute));
    }
    for (const button of document.querySelectorAll("input[type=submit], input[type=button]")) lines.push(button.value);
    for (const element of document.querySelectorAll("*")) {
      for (const pseudo of ["::before", "::after"]) {
        const { content } = getComputedStyle(element, pseudo);
        if (content.startsWith('"')) lines.push(content);
      }
    }
    return lines;
  }

  /** Boxes that do not lie, from right to left, where their mirror image would. Changes the direction of the page. */
  function notMirrored() {
    const width = document.documentElement.clientWidth;
    const root = document.documentElement;
    const boxes = inShown("*").filter((element) => {
      // Within a line words go where the writing takes them.
      const inLine = /^inline/.test(getComputedStyle(element).display) || element.parentElement.closest("p, cite, svg");
      return element.checkVisibility(SIZES) && !inLine && !element.closest(".skip") && element.type !== "radio";
    });
    const before = boxes.map((element) => element.getBoundingClientRect());
    root.dir = "rtl";
    const after = boxes.map((element) => element.getBoundingClientRect());
    root.dir = "ltr";
    return boxes.flatMap((element, index) => {
      const off = Math.abs(after[index].left - (width - before[index].right));
      return off > 1.5 && before[index].width > 0 ? [`${Math.round(off)} px off: ${name(element)}`] : [];
    });
  }

  return {
    words,
    notMirrored,
    drawn,
    notBlackOnWhite,
    cutOff,
    unreachable,
    focus,
    recordStops,
    takeStops,
    walkByFocus,
    isFree,
    inEachState,
    openPanel,
    isCovered,
    coveredPanels,
    places,
    reveal,
    revealed: () => revealed,
    tickAll,
    moving,
    texts,
    name,
    shown,
  };
})();
