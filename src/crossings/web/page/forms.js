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
