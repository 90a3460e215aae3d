// @ts-check
// The panel of the chosen crossing: open it, close it, or limit its hours or its number a day.

import { isSwitched, toggle, wholeRun } from "./changes.js";
import { stateOf } from "./facts.js";
import { choice, field, freeName, groups, kindAndValue, text, time } from "./forms.js";
import { add, look, state } from "./state.js";
import { day, h, put, stateKey } from "./svg.js";
import { quiet, wrong } from "./tables.js";
import { country, name, say } from "./words.js";

let formOpen = false; // stays as it was left when the panel is drawn anew

/** The panel of the chosen crossing. */
export function crossingPanel(host, facts, answer) {
  const id = state.crossing;
  const c = facts.crossing.get(id);
  if (!c) {
    const words = say(
      "Choose a crossing on the map or in the table to open it, close it, or limit its hours or its number a day.",
    );
    put(host, quiet(words));
    return;
  }
  const now = stateOf(facts, answer, state.stream, id, state.day);
  const undoes = isSwitched(id);
  put(
    host,
    h(
      "div",
      { class: "spread" },
      h(
        "h3",
        { id: "crossing-name" },
        c.name,
        c.other_name ? h("span", { class: "quiet" }, ` · ${c.other_name}`) : null,
      ),
      h(
        "button",
        { class: "plain", "aria-label": say("close this panel"), onclick: () => look({ crossing: "" }) },
        "✕",
      ),
    ),
    h("p", { class: "now" }, stateKey(now), ` ${stateWords(facts, now)}`),
    h(
      "button",
      { class: "main", id: "toggle", onclick: () => toggle(facts, answer, id) },
      toggleWords(c.short, undoes, now === "closed"),
    ),
    h(
      "p",
      { class: "help-line" },
      undoes
        ? say("Takes your change of this crossing back.")
        : say("For everybody, both directions and the whole run."),
    ),
    h(
      "details",
      { open: formOpen, ontoggle: (event) => (formOpen = event.target.open) },
      h("summary", {}, say("For some of them, some days, hours, or a number a day")),
      limitForm(facts, id),
    ),
  );
}

const stateWords = (facts, now) =>
  say("{state}: on {day}, for {group}", {
    state: name(facts.view.states[now]),
    day: day(facts.view.days[state.day], true),
    group: facts.group(state.stream),
  });

function toggleWords(crossing, undoes, closed) {
  if (undoes && closed) return say("Take back: open {crossing} again", { crossing });
  if (undoes) return say("Take back: close {crossing} again", { crossing });
  return closed ? say("Open {crossing}", { crossing }) : say("Close {crossing}", { crossing });
}

function limitForm(facts, id) {
  const streams = facts.view.streams.filter((stream) => facts.gates(stream.id, id).length);
  const ways = [...new Set(facts.view.gates.filter((g) => g.crossing === id).map((g) => g.direction))];
  const kinds = [
    ["closed", say("close it")],
    ["open", say("open it")],
    ["part", say("open in part")],
    ["slowed", say("slow down")],
    ["hours", say("restrict to hours")],
    ["quota", say("restrict to a number a day")],
    ["deterrent", say("deter")],
  ];
  const into = (code) => say("into {country}", { country: country(code, facts.view.countries[code]) });
  const surge = say("empty: when it takes effect; a closure that is known in advance brings a surge before closing");
  return h(
    "form",
    { class: "limit", onsubmit: (event) => submitLimit(event, facts, id, streams) },
    kindAndValue(kinds),
    groups(facts, streams),
    ways.length > 1
      ? field(
          say("Direction"),
          choice({ name: "direction" }, [["", say("both")], ...ways.map((code) => [code, into(code)])]),
        )
      : null,
    field(say("From"), time("from", `${facts.view.days[state.day]}T00:00`)),
    field(say("Until"), time("until", ""), say("empty: until further notice")),
    field(say("Announced"), time("announced", ""), surge),
    h("button", { type: "submit" }, say("Apply")),
    wrong(),
  );
}

async function submitLimit(event, facts, id, streams) {
  event.preventDefault();
  const form = event.target;
  const said = form.querySelector(".wrong");
  const given = new FormData(form);
  const chosen = given.getAll("stream");
  if (!chosen.length) {
    said.textContent = say("Choose at least one kind of traveller.");
    form.querySelector("input[name=stream]").focus();
    return;
  }
  const faults = await add(limit(facts, id, given, chosen.length === streams.length ? {} : { streams: chosen }));
  if (!faults) return;
  said.textContent = faults.join(" ");
  const value = form.elements.value;
  const at = value.closest("label").hidden ? form.elements.from : value;
  at.setAttribute("aria-invalid", "true");
  at.addEventListener("input", () => at.removeAttribute("aria-invalid"), { once: true });
  at.focus();
}

/** The change that the form asks for. */
function limit(facts, id, given, some) {
  const filled = (...names) => Object.fromEntries(names.filter((n) => given.get(n)).map((n) => [n, given.get(n)]));
  const [times, way] = [filled("from", "until"), filled("direction")];
  const kind = given.get("kind");
  if (kind === "open") return { do: "open", crossing: id, ...some, ...way, ...times };
  const order = { do: "order", name: freeName(`${id} ${kind}`), crossings: [id], kind, from: wholeRun(facts) };
  const value = kind === "closed" ? {} : { value: text(given, "value") };
  return { ...order, ...times, ...some, ...way, ...filled("announced"), ...value };
}
