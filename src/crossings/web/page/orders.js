// @ts-check
// Orders in a dialog: the times of one that is on the timeline, and a new one at several crossings.

import { $ } from "./dom.js";
import { field, freeName, groups, kindAndValue, text, ticked, time } from "./forms.js";
import { add, state, tryOut } from "./state.js";
import { DAY_MS, h, iso, ms, put } from "./svg.js";
import { quiet, source, wrong } from "./tables.js";
import { barWords } from "./timeline.js";
import { say } from "./words.js";

const dialog = () => $("dialog", HTMLDialogElement);

/** Whether a change is a row of one's own under a bar, at a crossing: what is shut elsewhere at the same times stays as it is. */
const isOwn = (bar, crossing) => (c) => c.do === "order" && bar.rows.includes(c.name) && c.crossings.includes(crossing);

/** Other times for the rows of a bar; of an order of one's own, the order itself is changed. */
export function moveBar(bar, times, crossing) {
  const own = isOwn(bar, crossing);
  if (state.changes.some(own)) return tryOut(state.changes.map((c) => (own(c) ? { ...c, ...times } : c)));
  const last = state.changes.at(-1);
  const again = last?.do === "move" && JSON.stringify(last.rows) === JSON.stringify(bar.rows);
  if (again) return tryOut([...state.changes.slice(0, -1), { ...last, ...times }]);
  return add({ do: "move", rows: bar.rows, ...times });
}

/** Close the dialog when what it asks for is accepted; else say in it why not. */
async function asked(said, answer) {
  said.textContent = "";
  const faults = await answer;
  if (faults) said.textContent = faults.join(" ");
  else dialog().close();
}

/** Show a form in the dialog; save(given) is called when it is saved, and may say that there is nothing to do. */
function shown(title, save, ...children) {
  const onsubmit = (event) => {
    if (event.submitter?.value === "save" && save(new FormData(event.target)) !== false) event.preventDefault();
  };
  put(dialog(), h("form", { method: "dialog", onsubmit }, h("h2", { id: "dialog-title" }, title), ...children));
  dialog().showModal();
}

const cancel = (words, onclick) => h("button", { value: "cancel", onclick }, words);

/** The times of an order that is on the timeline. */
export function editBar(facts, bar, crossing) {
  const mine = state.changes.filter(isOwn(bar, crossing));
  const own = mine.length > 0;
  const where = (own ? mine.flatMap((c) => c.crossings) : Object.keys(bar.where))
    .filter((c, k, all) => all.indexOf(c) === k)
    .map((c) => facts.short(c))
    .join(", ");
  const rows = say("Rows of this order with these times: {crossings}. A change of times is for all of them.", {
    crossings: where,
  });
  const said = wrong();
  const save = (given) => {
    const changed = ["announced", "from", "until"].filter(
      (name) => given.get(name) && given.get(name) !== (bar[name] ?? ""),
    );
    if (!changed.length) return false;
    asked(said, moveBar(bar, Object.fromEntries(changed.map((name) => [name, given.get(name)])), crossing));
    return true;
  };
  const keepOpen = () => add({ do: "open", crossing, ...(bar.end ? { until: bar.end } : {}), from: bar.from });
  shown(
    bar.order,
    save,
    h("p", {}, `${facts.short(crossing)}: ${barWords(facts, bar, crossing)}.`),
    quiet(rows, bar.estimated ? ` ${say("A time of it is an estimate.")}` : ""),
    bar.source && !own ? source(say("Source: {source}", { source: bar.source })) : null,
    field(say("Announced"), time("announced", bar.announced)),
    field(say("In force from"), time("from", bar.from)),
    field(say("Until"), time("until", bar.until), bar.until === null ? say("until further notice") : ""),
    said,
    h(
      "div",
      { class: "buttons" },
      h("button", { value: "save", class: "main" }, say("Change the times")),
      own
        ? cancel(say("Remove this order"), () => tryOut(state.changes.filter((c) => !mine.includes(c))))
        : [
            cancel(say("Leave this order out"), () => add({ do: "leave_out", id: bar.order })),
            cancel(say("Keep {crossing} open", { crossing: facts.short(crossing) }), keepOpen),
          ],
      h("button", { value: "cancel", class: "plain" }, say("Cancel")),
    ),
  );
}

/** One more order, at several crossings. */
export function newOrder(facts) {
  const from = `${facts.view.days[state.day]}T00:00`;
  const said = wrong();
  const save = (given) => {
    const [crossings, streams] = [given.getAll("crossing"), given.getAll("stream")];
    if (crossings.length && streams.length && given.get("from"))
      asked(said, add(order(facts, given, crossings, streams)));
    else said.textContent = say("Choose at least one crossing and one group, and when it takes effect.");
  };
  const kinds = [
    ["closed", say("closed")],
    ["part", say("open in part")],
    ["slowed", say("slowed")],
    ["hours", say("restricted to hours")],
    ["quota", say("restricted to a number a day")],
    ["deterrent", say("a deterrent")],
  ];
  const known = say("a closure that is known in advance brings a surge before closing, and some go elsewhere in time");
  shown(
    say("A new order"),
    save,
    field(say("Name"), nameInput()),
    kindAndValue(kinds),
    ticked(
      say("Crossings"),
      "crossing",
      facts.view.crossings.map((c) => [c.id, c.short]),
      false,
    ),
    groups(facts, facts.view.streams),
    field(say("Announced"), time("announced", iso(ms(from) - DAY_MS)), known),
    field(say("In force from"), time("from", from)),
    field(say("Until"), time("until", ""), say("empty: until further notice")),
    said,
    h(
      "div",
      { class: "buttons" },
      h("button", { value: "save", class: "main" }, say("Add the order")),
      h("button", { value: "cancel", class: "plain", formnovalidate: true }, say("Cancel")),
    ),
  );
}

const nameInput = () =>
  h("input", {
    name: "name",
    value: "new order",
    maxlength: 60,
    pattern: "[\\p{L}\\p{N}_][\\p{L}\\p{N}_ .+\\/\\(\\)'\\-]*",
    title: say("letters, digits, spaces and . + / ( ) ' -"),
    required: true,
    autocomplete: "off",
  });

/** The order that the form asks for. */
function order(facts, given, crossings, streams) {
  const kind = given.get("kind");
  const optional = {};
  for (const name of ["announced", "until"]) if (given.get(name)) optional[name] = given.get(name);
  if (kind !== "closed") optional.value = text(given, "value");
  if (streams.length < facts.view.streams.length) optional.streams = streams;
  const name = freeName(text(given, "name") || "new order");
  return { do: "order", name, crossings, kind, from: given.get("from"), ...optional };
}
