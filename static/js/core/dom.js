/**
 * Return the one element that `selector` finds.
 *
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {HTMLElement}
 * @throws {Error} There is none: the template and the script do not fit each other.
 */
export function findPart(root, selector) {
  const found = root.querySelector(selector);
  if (!(found instanceof HTMLElement)) throw new Error(`no ${selector} here`);
  return found;
}

/**
 * Return every element that `selector` finds, as an array.
 *
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {HTMLElement[]}
 */
export function findParts(root, selector) {
  return /** @type {HTMLElement[]} */ (Array.from(root.querySelectorAll(selector)));
}

/**
 * Return the `data-` attribute that a template gives an element.
 *
 * @param {HTMLElement} element
 * @param {string} name - As in `dataset`.
 * @throws {Error} There is none: the template and the script do not fit each other.
 */
export function readAttribute(element, name) {
  const value = element.dataset[name];
  if (value === undefined) throw new Error(`no ${name} on ${element.id || element.className}`);
  return value;
}

/** The attributes of this page: its (region, locale), its release, and the way to the application's root. */
export const page = {
  get key() {
    return document.documentElement.dataset.key || "";
  },
  get root() {
    return new URL(document.documentElement.dataset.root || "./", location.href).href;
  },
};
