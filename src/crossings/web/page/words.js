// @ts-check
// The language of the page: texts from the catalogue, numbers and dates by its habits. English needs no catalogue.

const LOCALES = { en: "en-GB", fi: "fi-FI", sv: "sv-FI", ru: "ru-RU" };
export const spoken = { code: "en", locale: LOCALES.en };
let texts = {};
const plurals = new Map(); // locale → its rules: to make them takes longer than to use them a hundred times
/** @type {Map<Text | Attr, string>} */
const kept = new Map(); // a text of the document, or an attribute of an element → as it is written in English
const ATTRIBUTES = ["aria-label", "title", "placeholder"];

/** Speak a language from now on, with its catalogue; what stands in the document is said in it at once. */
export function speak(code, catalogue) {
  texts = catalogue;
  Object.assign(spoken, { code, locale: LOCALES[code] });
  document.documentElement.lang = code;
  still();
}

/** The language to begin with: that of the address, else the browser's first that there is, else English. */
export function preferred(asked) {
  return [asked, ...navigator.languages.map((l) => l.slice(0, 2))].find((code) => code in LOCALES) ?? "en";
}

// What is counted in texts; the same words as SEVERAL in views/language.py.
const SEVERAL =
  "beds|camps|claims|counts|crossings|draws|hours|journeys|options|orders|others|pairs|parameters|places|rows|runs|vehicles";
const COUNTED = new RegExp(`\\{(\\w+)\\}((?: [a-z]+)?) (${SEVERAL})\\b`, "g");

/** An English text in which one of something is not several: 1 run. */
const ofOne = (text, values) =>
  text.replace(COUNTED, (whole, key, more, word) =>
    `${values[key]}` === "1" ? `{${key}}${more} ${word.slice(0, -1)}` : whole,
  );

/** A text in the language, with its values put in: {name} stands for one. After a date that ends in a full stop there is no second. */
export const say = (text, values = {}) =>
  (texts[text] ?? ofOne(text, values))
    .replace(/\{(\w+)\}/g, (whole, key) => (key in values ? values[key] : whole))
    .replace(/(?<!\.)\.\.(?!\.)/g, ".");

/** A name that a scenario or the server gives, such as a group's; as it is written where the catalogue does not have it. */
export const name = (text) => texts[text] ?? text;

/** A unit as it stands after a number: in some languages that is another case, and in some another for each kind of number. */
export function counted(text, number = null) {
  if (number === null) return texts[`${text} (counted)`] ?? name(text);
  if (!plurals.has(spoken.locale)) plurals.set(spoken.locale, new Intl.PluralRules(spoken.locale));
  const form = plurals.get(spoken.locale).select(Math.abs(number));
  if (spoken.code === "en") return form === "one" && text === "journeys" ? "journey" : text;
  return texts[`${text} (${form})`] ?? counted(text);
}

const OF_USERS = /^(AA|Q[M-Z]|X[A-JL-Z]|ZZ)$/; // stand for no country; browsers call XA and XB pseudo-accents

/** A country by its code: in English as the scenario writes it; so too a code that stands for no country. */
export function country(code, written) {
  if (spoken.code === "en" || OF_USERS.test(code)) return written ?? code;
  try {
    return new Intl.DisplayNames(spoken.locale, { type: "region" }).of(code) ?? written ?? code;
  } catch {
    return written ?? code;
  }
}

/** Texts and attributes that stand in the document from the beginning. */
function remember() {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    if (node instanceof Text && node.data.trim() && !node.parentElement?.closest("script, noscript"))
      kept.set(node, node.data);
    if (!(node instanceof Element)) continue;
    for (const attribute of node.attributes)
      if (ATTRIBUTES.includes(attribute.name)) kept.set(attribute, attribute.value);
  }
}

function still() {
  if (!kept.size) remember();
  for (const [node, text] of kept) {
    const bare = text.trim();
    const said = text.replace(bare, () => name(bare));
    if (node instanceof Text) node.data = said;
    else node.value = said;
  }
}
