// @ts-check
// Fields of the forms in which crossings and orders are changed.

import { state } from "./state.js";
import { h } from "./svg.js";
import { say } from "./words.js";

/** A control under its name, with a hint. */
export function field(label, control, hint = null) {
  return h("label", { class: "field" }, h("span", {}, label), control, hint ? h("small", {}, hint) : null);
}

/** A local time. */
export const time = (name, value) =>
  h("input", {
    type: "datetime-local",
    name,
    value: value ?? "",
    min: "1800-01-01T00:00",
    max: "2999-12-31T23:59",
    step: 60,
  });

/** A list to choose from; choices: [value, words]. */
export const choice = (attributes, choices) =>
  h(
    "select",
    attributes,
    choices.map(([value, words]) => h("option", { value }, words)),
  );

/** The field of a value: what it is called for each kind of order that needs one, and what it looks like. */
const VALUES = {
  part: () => [say("Part"), say("share of the capacity that is left, such as 1/2")],
  slowed: () => [say("Service"), say("how much longer service takes: x2, or +15 min")],
  hours: () => [say("Hours"), say("opening hours, such as Mo-Fr 08:00-16:00")],
  quota: () => [say("Number a day"), say("units a day, such as 50")],
  deterrent: () => [
    say("Deterred"),
    say("share kept away, such as 40%, or as how much waiting it counts, such as 24 h"),
  ],
};

/** What an order does, and the value that some kinds of order need; kinds: [kind, words]. */
export function kindAndValue(kinds) {
  const [called, hinted] = [h("span"), h("small")];
  const input = h("input", { name: "value", type: "text", maxlength: 200, autocomplete: "off" });
  const value = h("label", { class: "field", hidden: true }, called, input, hinted);
  const ask = (event) => {
    const [label, hint] = VALUES[event.target.value]?.() ?? ["", ""];
    value.hidden = !hint;
    called.textContent = label;
    hinted.textContent = hint;
  };
  return [field(say("What"), choice({ name: "kind", onchange: ask }, kinds)), value];
}

/** Boxes to tick; choices: [value, words]. */
export const ticked = (legend, name, choices, checked) =>
  h(
    "fieldset",
    { class: "checks" },
    h("legend", {}, legend),
    choices.map(([value, words]) =>
      h("label", {}, h("input", { type: "checkbox", name, value, checked }), ` ${words}`),
    ),
  );

/** For whom: some groups, all ticked. */
export const groups = (facts, streams) =>
  ticked(
    say("For"),
    "stream",
    streams.map((s) => [s.id, facts.group(s.id)]),
    true,
  );

/** What a form has in a field, as text. */
export const text = (given, name) => String(given.get(name) ?? "").trim();

/** A name that no other change has. */
export function freeName(stem) {
  const names = new Set(state.changes.map((c) => c.name));
  let n = 1;
  while (names.has(n === 1 ? stem : `${stem} ${n}`)) n += 1;
  return n === 1 ? stem : `${stem} ${n}`;
}
