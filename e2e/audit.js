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
  function* texts(root) {
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

  /** A panel that is open lies over everything else, so only it is looked at. */
  const shown = () => document.querySelector(".panel:target") || document.body;

  /** Text beyond the window's sides, out of its box, or cut off by it; and a page wider than the window. */
  function cutOff() {
    const problems = new Set();
    const width = document.documentElement.clientWidth;
    const wide = document.scrollingElement.scrollWidth;
    if (wide > width) problems.add(`the page is ${wide} px wide, the window ${width}: it scrolls sideways`);
    for (const { element, lines } of texts(shown())) {
      for (const line of lines()) {
        if (line.left < -1 || line.right > width + 1) problems.add(`beyond the window's side: ${name(element)}`);
        for (const problem of outOfBoxes(element, line)) problems.add(problem);
      }
    }
    for (const box of shown().querySelectorAll("*")) {
      const style = getComputedStyle(box);
      if (!box.checkVisibility(SIZES) || style.overflowX === "visible" || box.matches(".for-reader")) continue;
      if (box.scrollWidth > box.clientWidth + 1) problems.add(`scrolls sideways or is cut: ${name(box)}`);
      const cuts = style.overflowY === "hidden" || style.overflowY === "clip";
      if (cuts && box.scrollHeight > box.clientHeight + 1) problems.add(`cut off below: ${name(box)}`);
    }
    for (const field of shown().querySelectorAll("input, textarea, img, svg, hr")) {
      const box = field.getBoundingClientRect();
      if (field.checkVisibility(SIZES) && (box.left < -1 || box.right > width + 1)) {
        problems.add(`beyond the window's side: ${name(field)}`);
      }
    }
    return Array.from(problems);
  }

  /** Where a line of text sticks out of the boxes that it stands in. */
  function* outOfBoxes(element, line) {
    for (let box = element; box && box !== document.body; box = box.parentElement) {
      const style = getComputedStyle(box);
      if (style.display === "inline" || style.display === "contents") continue;
      const edge = box.getBoundingClientRect();
      // A box of no width lets its text hang out on purpose; the next one holds it.
      if (edge.width > 0 && (line.left < edge.left - 1 || line.right > edge.right + 1)) {
        yield `sticks out of the side of <${box.localName} class="${box.className}">: ${name(element)}`;
      }
      const scrolls = /auto|scroll/.test(style.overflowY);
      // The glyphs' line box is taller than the glyphs: three pixels are air.
      if (isPainted(style) && !scrolls && (line.top < edge.top - 3 || line.bottom > edge.bottom + 3)) {
        yield `sticks out above or below <${box.localName} class="${box.className}">: ${name(element)}`;
      }
      if (scrolls || style.position === "fixed") return;
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
    for (const { element, lines } of Array.from(texts(shown()))) {
      const count = lines().length;
      for (const index of new Set([0, count - 1])) {
        const line = () => lines()[index] || element.getBoundingClientRect();
        bring(element, line);
        if (!isFree(element, line())) problems.add(`cannot be brought into view: ${name(element)}`);
      }
    }
    return Array.from(problems);
  }

  /**
   * What has the focus now, and whether its middle (of a long text: its first line) can be seen; a hidden radio button is
   * seen as its label. `key` is its place in the document: a link is not told by its address and height, two citations of
   * a source may share a line.
   */
  function focus() {
    const element = document.activeElement;
    if (!element || element === document.body) return null;
    const seen = element.type === "radio" ? element.labels[0] : element;
    let box = seen.getClientRects()[0] || seen.getBoundingClientRect();
    const style = getComputedStyle(seen);
    // Of a long text the browser brings the place where one writes into view: its beginning, when the Tab key leads there.
    if (seen.localName === "textarea") box = { ...box.toJSON(), bottom: box.top + Number.parseFloat(style.lineHeight) };
    // What is higher than half the window may end beyond it: of that one line must be seen.
    const tall = box.height > innerHeight / 2;
    const lines = () => Array.from(texts(seen), ({ lines }) => lines()).flat();
    return {
      name: name(seen),
      key: Array.from(document.querySelectorAll("*")).indexOf(element),
      free: isFree(seen, box) || (tall && lines().some((line) => isFree(seen, line))),
      outlined: style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) >= 2,
    };
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

  /** Show what the page's script may show: every notice, button and state line. Give what was hidden. */
  function reveal() {
    const revealed = Array.from(document.querySelectorAll("[hidden]:not([data-labels])"));
    for (const element of revealed) element.hidden = false;
    return revealed;
  }

  /** Open a panel, or leave it, as its link does. */
  function openPanel(id) {
    location.hash = id;
    if (document.querySelector(":target")?.id !== id) throw new Error(`#${id} did not open`);
  }

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
    if (document.querySelector("[data-check]")) {
      const levels = { good: "no-warning-yet", unsure: "caution", bad: "stop" };
      for (const [answer, level] of Object.entries(levels)) {
        tickAll(answer);
        verdict.dataset.verdict = level;
        yield `every answer ${answer}`;
      }
      verdict.dataset.verdict = "police";
    }
    const revealed = reveal();
    yield "everything revealed";
    for (const element of revealed) element.hidden = true;
    if (verdict) verdict.dataset.verdict = before;
    for (const input of document.querySelectorAll(".check input, .variant input")) input.checked = input.defaultChecked;
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

  /** Tick every check with `answer`: `good`, `bad` or `unsure`. */
  function tickAll(answer) {
    for (const check of document.querySelectorAll("[data-check]")) {
      const { bad } = check.dataset;
      const good = bad === "no" ? "yes" : "no";
      check.querySelector(`input[value="${{ good, bad, unsure: "unsure" }[answer]}"]`).checked = true;
    }
    for (const input of document.querySelectorAll('.variant > input[value="yes"]')) input.checked = answer !== "good";
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
    const boxes = Array.from(shown().querySelectorAll("*")).filter((element) => {
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
    isFree,
    inEachState,
    openPanel,
    isCovered,
    coveredPanels,
    places,
    reveal,
    tickAll,
    moving,
    texts,
    name,
    shown,
  };
})();
