// @ts-check
// Parameters of behaviour: each with its unit, the scenario's number and its prior, and a field to try another.

import { exact } from "./changes.js";
import { every } from "./dom.js";
import { state, tryOut } from "./state.js";
import { h, put } from "./svg.js";
import { cell, column, number, numbers, rowName, source, table } from "./tables.js";
import { name, say } from "./words.js";

/** Whether a change sets this parameter. */
const sets = (stream, p) => (c) =>
  c.do === "set" && c.stream === stream && c.name === p.name && (c.of ?? null) === p.of;

/** The table of parameters of the group that is looked at. */
export function parameters(host, facts) {
  const stream = facts.stream(state.stream);
  put(
    host,
    table({
      caption: say("Behaviour: {group}", { group: facts.group(stream.id) }),
      head: [column(say("parameter")), column(say("try")), numbers(say("in the scenario")), column(say("prior"))],
      rows: stream.parameters.map((p) => row(facts, stream.id, p)),
    }),
    stream.other_priors.length
      ? h("details", {}, h("summary", {}, say("Other numbers that are calibrated to counts")), others(stream))
      : null,
    stream.source ? source(say("Source: {source}", { source: stream.source })) : null,
  );
}

const others = (stream) =>
  h(
    "ul",
    { class: "source", lang: "en" },
    stream.other_priors.map((p) => h("li", {}, `${p.meaning}${p.unit ? `, ${p.unit}` : ""}: ${p.prior}`)),
  );

function row(facts, stream, p) {
  const changed = state.changes.find(sets(stream, p));
  const bare = p.name.replaceAll("_", " ");
  const label = p.of ? say("{parameter} of {crossing}", { parameter: bare, crossing: facts.short(p.of) }) : bare;
  const unit = p.unit && p.unit !== "1" ? name(p.unit) : "";
  const input = h("input", {
    type: "number",
    step: "any",
    "data-parameter": `${stream} ${p.name} ${p.of ?? ""}`,
    value: changed?.value ?? p.value ?? "",
    "aria-label": unit ? `${label}, ${unit}` : label,
    placeholder: say("no value"),
    onchange: () => setParameter(stream, p, input),
  });
  const wrong = h("p", { class: "wrong", role: "alert", hidden: true });
  return h(
    "tr",
    { class: changed ? "changed" : null },
    rowName(label, h("small", {}, name(p.meaning))),
    cell(input, unit ? h("span", { class: "unit-inline" }, ` ${unit}`) : null, wrong),
    number(p.value === null ? say("no value") : exact(p.value)),
    cell(p.prior ? h("span", { lang: "en" }, p.prior) : h("span", { class: "quiet" }, say("none given"))),
  );
}

async function setParameter(stream, p, input) {
  const isThis = sets(stream, p);
  const rest = state.changes.filter((c) => !isThis(c));
  const value = input.valueAsNumber;
  if (Number.isFinite(value)) {
    const set = { do: "set", stream, name: p.name, ...(p.of ? { of: p.of } : {}), value };
    const faults = await tryOut(value === p.value ? rest : [...rest, set]);
    if (faults) refused(input.dataset.parameter, faults, value);
  } else if (input.validity.badInput) {
    refused(input.dataset.parameter, [say("That is no number.")]);
  } else {
    input.value = p.value ?? "";
    if (rest.length !== state.changes.length) tryOut(rest);
  }
}

/** Say at a parameter's field why a value was not taken; the field shows again the value that holds. */
function refused(key, faults, value = null) {
  const [input] = every(`[data-parameter="${CSS.escape(key)}"]`, HTMLInputElement);
  const [wrong] = every(`td:has([data-parameter="${CSS.escape(key)}"]) .wrong`, HTMLElement);
  if (!input || !wrong) return;
  if (value === null) input.value = input.defaultValue;
  const notTaken = value === null ? "" : `${say("{value} was not taken.", { value: exact(value) })} `;
  wrong.id = "parameter-wrong";
  wrong.hidden = false;
  wrong.textContent = `${notTaken}${faults.join(" ")}`;
  input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-describedby", wrong.id);
  input.focus();
  const mended = () => {
    input.removeAttribute("aria-invalid");
    wrong.hidden = true;
  };
  input.addEventListener("input", mended, { once: true });
}
