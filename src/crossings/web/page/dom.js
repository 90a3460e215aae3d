// @ts-check
// What stands in index.html.

/**
 * The element with an id, of a kind: any HTML element, if no other is named. Where it is missing the page is broken, and says so.
 * @template {HTMLElement} [E=HTMLElement]
 * @param {string} id
 * @param {new () => E} [kind]
 * @returns {E}
 */
export function $(id, kind) {
  const found = document.getElementById(id);
  if (!(found instanceof (kind ?? HTMLElement))) throw new Error(`index.html has no such #${id}`);
  return /** @type {E} */ (found);
}

/**
 * All elements of a kind that a selector finds.
 * @template {HTMLElement} E
 * @param {string} selector
 * @param {new () => E} kind
 * @returns {E[]}
 */
export function every(selector, kind) {
  /** @type {E[]} */
  const found = [];
  for (const one of document.querySelectorAll(selector)) if (one instanceof kind) found.push(one);
  return found;
}
