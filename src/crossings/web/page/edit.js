// @ts-check
// Changing things: a crossing, an order, a parameter. Each makes a change of the list that the address holds.

import { $, every } from "./dom.js";
import { kindWords, stateOf } from "./facts.js";
import { add, look, remove, state, tryOut } from "./state.js";
import { barWords } from "./timeline.js";
import { DAY_MS, amount, day, h, iso, moment, ms, put, stateKey } from "./svg.js";
import { country, name, say, spoken } from "./words.js";

const ALL_RUN = (facts) => facts.view.start.slice(0, 16);

/** Words for a change, for people. */
export function changeWords(facts, change) {
  const where = (list) => list.map((c) => facts.short(c)).join(", ");
  const whom = (list) => (list?.length ? ` ${say("for {groups}", { groups: list.map((x) => facts.group(x)).join(", ") })}` : "");
  const way = (code) => (code ? ` ${say("into {country}", { country: country(code, facts.view.countries[code]) })}` : "");
  const span = (c) => `${c.from ? ` ${say("from {time}", { time: moment(c.from) })}` : ""}${c.until ? ` ${say("until {time}", { time: moment(c.until, true) })}` : ""}`;
  switch (change.do) {
    case "leave_out":
      return say("without {order}", { order: change.id });
    case "open":
      return `${say("{crossing} opened", { crossing: where([change.crossing]) })}${whom(change.streams)}${way(change.direction)}${span(change)}`;
    case "order": {
      const crossings = where(change.crossings);
      const kind = change.kind ?? "closed";
      const what = kind === "closed" ? say("{crossings} closed", { crossings }) : `${crossings} ${kindWords(kind, change.value)}`;
      const whole = change.from <= facts.view.start && !change.until ? "" : span(change);
      const own = change.name && !isMade(change) ? `${change.name}: ` : "";
      return `${own}${what}${whom(change.streams)}${way(change.direction)}${whole}`;
    }
    case "move":
      return `${change.rows.length > 1 ? say("{first} and {more} more moved:", { first: change.rows[0], more: change.rows.length - 1 }) : say("{first} moved:", { first: change.rows[0] })}${span(change)}${change.announced ? ` ${say("announced {time}", { time: moment(change.announced) })}` : ""}`;
    case "officers":
      return `${say("{crossing}: officers {number}", { crossing: where([change.crossing]), number: change.number })}${whom(change.streams)}${change.from && change.from > facts.view.start ? span(change) : ""}`;
    case "set":
      return `${facts.group(change.stream)}: ${change.name.replaceAll("_", " ")}${change.of ? ` (${change.of})` : ""} ${amountOf(change.value)}`;
    case "stock":
      return say("{group}: waiting to come {number}", { group: facts.group(change.stream), number: amount(change.number) });
    default:
      return say("a change");
  }
}

/** Whether an order has the name that the page gives, not one that somebody wrote. */
const isMade = (change) => change.crossings.length === 1 && change.name.startsWith(`${change.crossings[0]} `) && /^(shut|closed|part|slowed|hours|quota|deterrent)( \d+)?$/.test(change.name.slice(change.crossings[0].length + 1));

let formOpen = false; // stays as it was left when the panel is drawn anew

const isShut = (id) => (c) => c.do === "order" && c.kind === "closed" && c.name === `${id} shut` && !c.until;
const isOpened = (id) => (c) => c.do === "open" && c.crossing === id && !c.until && !c.direction && !c.streams?.length;

/** Close a crossing for everybody and the whole run, or open it; a second time takes the first back. */
export function toggle(facts, answer, id) {
  const shut = state.changes.findIndex(isShut(id));
  const opened = state.changes.findIndex(isOpened(id));
  if (shut >= 0) remove(shut);
  else if (opened >= 0) remove(opened);
  else if (isClosed(facts, answer, id)) add({ do: "open", crossing: id });
  else add({ do: "order", name: `${id} shut`, crossings: [id], kind: "closed", from: ALL_RUN(facts) });
}

/** Close or open a crossing from a time on, for everybody; a change of this kind that is there already is moved, or taken back. */
export function switchFrom(id, open, from) {
  const same = state.changes.findIndex(open ? isShut(id) : isOpened(id));
  const other = state.changes.findIndex(open ? isOpened(id) : isShut(id));
  const change = open ? { do: "order", name: `${id} shut`, crossings: [id], kind: "closed", from } : { do: "open", crossing: id, from };
  if (other >= 0) remove(other);
  else if (same >= 0) tryOut(state.changes.map((c, n) => (n === same ? { ...c, from } : c)));
  else add(change);
}

function isClosed(facts, answer, id) {
  return stateOf(facts, answer, state.stream, id, state.day) === "closed";
}

/** The panel of the chosen crossing. */
export function crossingPanel(host, facts, answer) {
  const id = state.crossing;
  const c = facts.crossing.get(id);
  if (!c) {
    put(host, h("p", { class: "quiet" }, say("Choose a crossing on the map or in the table to open it, close it, or limit its hours or its number a day.")));
    return;
  }
  const now = stateOf(facts, answer, state.stream, id, state.day);
  const closed = now === "closed";
  const undoes = state.changes.some(isShut(id)) || state.changes.some(isOpened(id));
  put(
    host,
    h("div", { class: "spread" },
      h("h3", { id: "crossing-name" }, c.name, c.other_name ? h("span", { class: "quiet" }, ` · ${c.other_name}`) : null),
      h("button", { class: "plain", "aria-label": say("close this panel"), onclick: () => look({ crossing: "" }) }, "✕"),
    ),
    h("p", { class: "now" }, stateKey(now), ` ${say("{state}: on {day}, for {group}", { state: name(facts.view.states[now]), day: day(facts.view.days[state.day], true), group: facts.group(state.stream) })}`),
    h("button", { class: "main", id: "toggle", onclick: () => toggle(facts, answer, id) }, undoes ? (closed ? say("Take back: open {crossing} again", { crossing: c.short }) : say("Take back: close {crossing} again", { crossing: c.short })) : closed ? say("Open {crossing}", { crossing: c.short }) : say("Close {crossing}", { crossing: c.short })),
    h("p", { class: "help-line" }, undoes ? say("Takes your change of this crossing back.") : say("For everybody, both directions and the whole run.")),
    h("details", { open: formOpen, ontoggle: (event) => (formOpen = event.target.open) }, h("summary", {}, say("For some of them, some days, hours, or a number a day")), limitForm(facts, id)),
  );
}

function field(label, control, hint) {
  return h("label", { class: "field" }, h("span", {}, label), control, hint ? h("small", {}, hint) : null);
}

const when = (name, value) => h("input", { type: "datetime-local", name, value: value ?? "", min: "1800-01-01T00:00", max: "2999-12-31T23:59", step: 60 });

function limitForm(facts, id) {
  const streams = facts.view.streams.filter((stream) => facts.gates(stream.id, id).length);
  const ways = [...new Set(facts.view.gates.filter((g) => g.crossing === id).map((g) => g.direction))];
  const kinds = [["closed", say("close it")], ["open", say("open it")], ["part", say("open in part")], ["slowed", say("slow down")], ["hours", say("restrict to hours")], ["quota", say("restrict to a number a day")], ["deterrent", say("deter")]];
  const value = h("input", { name: "value", type: "text", maxlength: 200, autocomplete: "off" });
  const [called, hinted] = [h("span"), h("small")];
  const valueField = h("label", { class: "field" }, called, value, hinted);
  valueField.hidden = true;
  const kind = h("select", { name: "kind", onchange: () => {
    const hint = { part: say("share of the capacity that is left, such as 1/2"), slowed: say("how much longer service takes: x2, or +15 min"), hours: say("opening hours, such as Mo-Fr 08:00-16:00"), quota: say("units a day, such as 50"), deterrent: say("share kept away, such as 40%, or as how much waiting it counts, such as 24 h") }[kind.value];
    valueField.hidden = !hint;
    hinted.textContent = hint ?? "";
    called.textContent = { part: say("Part"), slowed: say("Service"), quota: say("Number a day"), deterrent: say("Deterred") }[kind.value] ?? say("Hours");
  } }, kinds.map(([key, words]) => h("option", { value: key }, words)));
  return h(
    "form",
    { class: "limit", onsubmit: (event) => submitLimit(event, facts, id, streams) },
    field(say("What"), kind),
    valueField,
    h("fieldset", { class: "checks" }, h("legend", {}, say("For")), streams.map((stream) => h("label", {}, h("input", { type: "checkbox", name: "stream", value: stream.id, checked: true }), ` ${facts.group(stream.id)}`))),
    ways.length > 1 ? field(say("Direction"), h("select", { name: "direction" }, h("option", { value: "" }, say("both")), ways.map((code) => h("option", { value: code }, say("into {country}", { country: country(code, facts.view.countries[code]) }))))) : null,
    field(say("From"), when("from", `${facts.view.days[state.day]}T00:00`)),
    field(say("Until"), when("until", ""), say("empty: until further notice")),
    field(say("Announced"), when("announced", ""), say("empty: when it takes effect; a closure that is known in advance brings a surge before closing")),
    h("button", { type: "submit" }, say("Apply")),
    h("p", { class: "wrong", role: "alert" }),
  );
}

function submitLimit(event, facts, id, streams) {
  event.preventDefault();
  const form = event.target;
  const wrong = form.querySelector(".wrong");
  const given = new FormData(form);
  const chosen = given.getAll("stream");
  if (!chosen.length) {
    wrong.textContent = say("Choose at least one kind of traveller.");
    form.querySelector("input[name=stream]").focus();
    return;
  }
  const ask = async (change) => {
    const faults = await add(change);
    if (!faults) return;
    const value = form.elements.value;
    const field_ = value.closest("label").hidden ? form.elements.from : value;
    wrong.textContent = faults.join(" ");
    field_.setAttribute("aria-invalid", "true");
    field_.addEventListener("input", () => field_.removeAttribute("aria-invalid"), { once: true });
    field_.focus();
  };
  const some = chosen.length === streams.length ? {} : { streams: chosen };
  const way = given.get("direction") ? { direction: given.get("direction") } : {};
  const span = { ...(given.get("from") ? { from: given.get("from") } : {}), ...(given.get("until") ? { until: given.get("until") } : {}) };
  const kind = given.get("kind");
  if (kind === "open") {
    ask({ do: "open", crossing: id, ...some, ...way, ...span });
    return;
  }
  const announced = given.get("announced") ? { announced: given.get("announced") } : {};
  ask({ do: "order", name: freeName(`${id} ${kind}`), crossings: [id], kind, from: span.from ?? ALL_RUN(facts), ...span, ...some, ...way, ...announced, ...(kind === "closed" ? {} : { value: text(given, "value") }) });
}

/** A field of a form, as text. */
const text = (given, name) => String(given.get(name) ?? "").trim();

/** A name that no other change has. */
function freeName(stem) {
  const names = new Set(state.changes.map((c) => c.name));
  let n = 1;
  while (names.has(n === 1 ? stem : `${stem} ${n}`)) n += 1;
  return n === 1 ? stem : `${stem} ${n}`;
}

// --- orders ------------------------------------------------------------------------------------

const dialog = () => $("dialog", HTMLDialogElement);

/** Other times for the rows of a bar; of an order of one's own, the order itself is changed. */
export function moveBar(bar, times) {
  const own = state.changes.findIndex((c) => c.do === "order" && bar.rows.includes(c.name));
  if (own >= 0) {
    return tryOut(state.changes.map((c, k) => (k === own ? { ...c, ...times } : c)));
  }
  const last = state.changes.at(-1);
  if (last?.do === "move" && JSON.stringify(last.rows) === JSON.stringify(bar.rows)) return tryOut([...state.changes.slice(0, -1), { ...last, ...times }]);
  return add({ do: "move", rows: bar.rows, ...times });
}

/** Close the dialog when what it asks for is accepted; else say in it why not. */
async function asked(wrong, answer) {
  wrong.textContent = "";
  const faults = await answer;
  if (faults) wrong.textContent = faults.join(" ");
  else dialog().close();
}

export function editBar(facts, bar, crossing) {
  const own = state.changes.findIndex((c) => c.do === "order" && bar.rows.includes(c.name));
  const where = Object.keys(bar.where).map((c) => facts.short(c)).join(", ");
  const wrong = h("p", { class: "wrong", role: "alert" });
  const form = h(
    "form",
    { method: "dialog", onsubmit: (event) => {
      if (event.submitter?.value !== "save") return;
      const given = Object.fromEntries(new FormData(event.target));
      const times = {};
      for (const name of ["announced", "from", "until"]) if (given[name] && given[name] !== (bar[name] ?? "")) times[name] = given[name];
      if (!Object.keys(times).length) return;
      event.preventDefault();
      asked(wrong, moveBar(bar, times));
    } },
    h("h2", { id: "dialog-title" }, bar.order),
    h("p", {}, `${facts.short(crossing)}: ${barWords(facts, bar, crossing)}.`),
    h("p", { class: "quiet" }, say("Rows of this order with these times: {crossings}. A change of times is for all of them.", { crossings: where }), bar.estimated ? ` ${say("A time of it is an estimate.")}` : ""),
    bar.source ? h("p", { class: "source" }, say("Source: {source}", { source: bar.source })) : null,
    field(say("Announced"), when("announced", bar.announced)),
    field(say("In force from"), when("from", bar.from)),
    field(say("Until"), when("until", bar.until), bar.until === null ? say("until further notice") : ""),
    wrong,
    h("div", { class: "buttons" },
      h("button", { value: "save", class: "main" }, say("Change the times")),
      own >= 0
        ? h("button", { value: "cancel", onclick: () => remove(own) }, say("Remove this order"))
        : h("button", { value: "cancel", onclick: () => add({ do: "leave_out", id: bar.order }) }, say("Leave this order out")),
      own < 0 ? h("button", { value: "cancel", onclick: () => add({ do: "open", crossing, ...(bar.end ? { until: bar.end } : {}), from: bar.from }) }, say("Keep {crossing} open", { crossing: facts.short(crossing) })) : null,
      h("button", { value: "cancel", class: "plain" }, say("Cancel")),
    ),
  );
  put(dialog(), form);
  dialog().showModal();
}

/** One more order, at several crossings. */
export function newOrder(facts) {
  const from = `${facts.view.days[state.day]}T00:00`;
  const wrong = h("p", { class: "wrong", role: "alert" });
  const value = field(say("Value"), h("input", { name: "value", maxlength: 200, autocomplete: "off" }), say("hours such as 08:00-16:00, or a number a day"));
  value.hidden = true;
  const form = h(
    "form",
    { method: "dialog", onsubmit: (event) => {
      if (event.submitter?.value !== "save") return;
      event.preventDefault();
      const given = new FormData(event.target);
      const crossings = given.getAll("crossing");
      const streams = given.getAll("stream");
      if (!crossings.length || !streams.length || !given.get("from")) {
        wrong.textContent = say("Choose at least one crossing and one group, and when it takes effect.");
        return;
      }
      const kind = given.get("kind");
      const optional = {};
      for (const name of ["announced", "until"]) if (given.get(name)) optional[name] = given.get(name);
      if (kind !== "closed") optional.value = text(given, "value");
      if (streams.length < facts.view.streams.length) optional.streams = streams;
      asked(wrong, add({ do: "order", name: freeName(text(given, "name") || "new order"), crossings, kind, from: given.get("from"), ...optional }));
    } },
    h("h2", { id: "dialog-title" }, say("A new order")),
    field(say("Name"), h("input", { name: "name", value: "new order", maxlength: 60, pattern: "[\\p{L}\\p{N}_][\\p{L}\\p{N}_ .+\\/\\(\\)'\\-]*", title: say("letters, digits, spaces and . + / ( ) ' -"), required: true, autocomplete: "off" })),
    field(say("What"), h("select", { name: "kind", onchange: (event) => (value.hidden = event.target.value === "closed") }, [["closed", say("closed")], ["part", say("open in part")], ["slowed", say("slowed")], ["hours", say("restricted to hours")], ["quota", say("restricted to a number a day")], ["deterrent", say("a deterrent")]].map(([key, words]) => h("option", { value: key }, words)))),
    value,
    h("fieldset", { class: "checks" }, h("legend", {}, say("Crossings")), facts.view.crossings.map((c) => h("label", {}, h("input", { type: "checkbox", name: "crossing", value: c.id }), ` ${c.short}`))),
    h("fieldset", { class: "checks" }, h("legend", {}, say("For")), facts.view.streams.map((stream) => h("label", {}, h("input", { type: "checkbox", name: "stream", value: stream.id, checked: true }), ` ${facts.group(stream.id)}`))),
    field(say("Announced"), when("announced", iso(ms(from) - DAY_MS)), say("a closure that is known in advance brings a surge before closing, and some go elsewhere in time")),
    field(say("In force from"), when("from", from)),
    field(say("Until"), when("until", ""), say("empty: until further notice")),
    wrong,
    h("div", { class: "buttons" }, h("button", { value: "save", class: "main" }, say("Add the order")), h("button", { value: "cancel", class: "plain", formnovalidate: true }, say("Cancel"))),
  );
  put(dialog(), form);
  dialog().showModal();
}

// --- parameters --------------------------------------------------------------------------------

export function parameters(host, facts) {
  const stream = facts.stream(state.stream);
  const current = (p) => state.changes.find((c) => c.do === "set" && c.stream === stream.id && c.name === p.name && (c.of ?? null) === p.of);
  const rows = stream.parameters.map((p) => {
    const changed = current(p);
    const bare = p.name.replaceAll("_", " ");
    const label = p.of ? say("{parameter} of {crossing}", { parameter: bare, crossing: facts.short(p.of) }) : bare;
    const key = `${stream.id} ${p.name} ${p.of ?? ""}`;
    const input = h("input", { type: "number", step: "any", "data-parameter": key, value: changed?.value ?? p.value ?? "", "aria-label": `${label}${p.unit && p.unit !== "1" ? `, ${name(p.unit)}` : ""}`, placeholder: say("no value"), onchange: () => setParameter(stream.id, p, input) });
    return h("tr", changed ? { class: "changed" } : {},
      h("th", { scope: "row" }, label, h("small", {}, name(p.meaning))),
      h("td", {}, input, p.unit && p.unit !== "1" ? h("span", { class: "unit-inline" }, ` ${name(p.unit)}`) : null, h("p", { class: "wrong", role: "alert", hidden: true })),
      h("td", { class: "number" }, p.value === null ? say("no value") : amountOf(p.value)),
      h("td", {}, p.prior ? h("span", { lang: "en" }, p.prior) : h("span", { class: "quiet" }, say("none given"))),
    );
  });
  put(
    host,
    h("table", { class: "keep" },
      h("caption", {}, say("Behaviour: {group}", { group: facts.group(stream.id) })),
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, say("parameter")), h("th", { scope: "col" }, say("try")), h("th", { scope: "col", class: "number" }, say("in the scenario")), h("th", { scope: "col" }, say("prior")))),
      h("tbody", {}, rows),
    ),
    stream.other_priors.length
      ? h("details", {}, h("summary", {}, say("Other numbers that are calibrated to counts")), h("ul", { class: "source", lang: "en" }, stream.other_priors.map((p) => h("li", {}, `${p.meaning}${p.unit ? `, ${p.unit}` : ""}: ${p.prior}`))))
      : null,
    stream.source ? h("p", { class: "source" }, say("Source: {source}", { source: stream.source })) : null,
  );
}

const amountOf = (value) => (Number.isInteger(value) ? amount(value) : value.toLocaleString(spoken.locale, { maximumSignificantDigits: 15 }).replace("-", "−"));

async function setParameter(stream, p, input) {
  const rest = state.changes.filter((c) => !(c.do === "set" && c.stream === stream && c.name === p.name && (c.of ?? null) === p.of));
  const value = input.valueAsNumber;
  if (!Number.isFinite(value)) {
    if (input.validity.badInput) {
      refused(input.dataset.parameter, [say("That is no number.")]);
      return;
    }
    input.value = p.value ?? "";
    if (rest.length !== state.changes.length) tryOut(rest);
    return;
  }
  const faults = await tryOut(value === p.value ? rest : [...rest, { do: "set", stream, name: p.name, ...(p.of ? { of: p.of } : {}), value }]);
  if (faults) refused(input.dataset.parameter, faults, value);
}

/** Say at a parameter's field why a value was not taken; the field shows again the value that holds. */
function refused(key, faults, value) {
  const [input] = every(`[data-parameter="${CSS.escape(key)}"]`, HTMLInputElement);
  const [wrong] = every(`td:has([data-parameter="${CSS.escape(key)}"]) .wrong`, HTMLElement);
  if (!input || !wrong) return;
  if (value === undefined) input.value = input.defaultValue;
  wrong.id = "parameter-wrong";
  wrong.hidden = false;
  wrong.textContent = `${value === undefined ? "" : `${say("{value} was not taken.", { value: amountOf(value) })} `}${faults.join(" ")}`;
  input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-describedby", wrong.id);
  input.focus();
  input.addEventListener("input", () => {
    input.removeAttribute("aria-invalid");
    wrong.hidden = true;
  }, { once: true });
}
