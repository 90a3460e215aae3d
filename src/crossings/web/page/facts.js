// @ts-check
// Sums over gates of what the server answers: by crossing, by stream, by day.

import { ms } from "./svg.js";
import { counted, name, say } from "./words.js";

/** Fewer than this many travellers are nobody: an expected flow is never quite 0. */
export const QUIET = 0.05;

export class Facts {
  constructor(view) {
    this.view = view;
    this.states = Object.keys(view.states);
    this.place = new Map(view.places.map((p) => [p.id, p]));
    this.crossing = new Map(view.crossings.map((c) => [c.id, c]));
    this.gatesOf = new Map();
    view.gates.forEach((gate, k) => {
      const key = `${gate.stream}\n${gate.crossing}`;
      this.gatesOf.set(key, [...(this.gatesOf.get(key) ?? []), k]);
    });
  }

  stream(id) {
    return this.view.streams.find((s) => s.id === id);
  }

  /** What several travellers of a stream are called. */
  unit(id) {
    return counted(this.stream(id).units);
  }

  /** The name of a stream; the id of one that is not there. */
  group(id) {
    return name(this.stream(id)?.name ?? id);
  }

  gates(stream, crossing) {
    return this.gatesOf.get(`${stream}\n${crossing}`) ?? [];
  }

  /** Crossings that a stream has. */
  crossings(stream) {
    return this.view.crossings.filter((c) => this.gates(stream, c.id).length);
  }

  short(crossing) {
    return this.crossing.get(crossing)?.short ?? crossing;
  }

  dayIndex(iso) {
    const day = iso.slice(0, 10);
    const at = this.view.days.findIndex((d) => d >= day);
    return at < 0 ? this.view.days.length - 1 : at;
  }

  /** Share of the run at which a local time lies. */
  share(iso) {
    const [a, b] = [ms(this.view.days[0]), ms(this.view.horizon)];
    return (ms(iso) - a) / (b - a);
  }
}

/** Sum of rows of gates, day by day. */
export function daily(rows, gates, days) {
  const out = new Array(days).fill(0);
  for (const gate of gates) rows[gate]?.forEach((value, k) => (out[k] += value ?? 0));
  return out;
}

export const sum = (values) => values.reduce((a, b) => a + (b ?? 0), 0);

/** Mean wait of those who came, day by day; null where less than one does, as in the report. */
export function waits(answer, gates, days) {
  const hours = new Array(days).fill(0);
  const came = new Array(days).fill(0);
  for (const gate of gates) {
    answer.wait_h[gate].forEach((wait, k) => {
      if (wait === null) return;
      hours[k] += wait * answer.arrived[gate][k];
      came[k] += answer.arrived[gate][k];
    });
  }
  return hours.map((value, k) => (came[k] >= 1 ? value / came[k] : null));
}

/** What a crossing is to a stream on a day. */
export function stateOf(facts, answer, stream, crossing, k) {
  const gates = facts.gates(stream, crossing);
  if (!gates.length) return "none";
  const found = new Set(gates.map((g) => facts.states[answer.states[g][k]]));
  if (found.size === 1) return [...found][0];
  return [...found].every((x) => x === "closed" || x === "no hours") ? "no hours" : "part";
}

/** Spans of days on which all of some gates are closed: [first, last + 1). */
export function shutDays(facts, answer, gates, days) {
  const closed = facts.states.indexOf("closed");
  /** @type {[number, number][]} */
  const out = [];
  for (let k = 0; k < days; k += 1) {
    if (!gates.length || !gates.every((g) => answer.states[g][k] === closed)) continue;
    const last = out.at(-1);
    if (last?.[1] === k) last[1] = k + 1;
    else out.push([k, k + 1]);
  }
  return out;
}

/** Who of a stream ends where: key of an ending → travellers at the end of the run. Together they are all. */
export function endings(facts, answer, stream) {
  const e = answer.ends[stream];
  return Object.fromEntries(facts.view.endings.map(({ key, states }) => [key, sum(states.map((s) => e[s]))]));
}

/** An answer with the means of finished runs in the place of what is expected; itself before they are there. */
export function settled(answer, means) {
  return answer && means ? { ...answer, ...means, runs: true } : answer;
}

/** Travellers of a stream along each road on a day: edge → number (see crossings.web.scenario_payload). */
export function flows(facts, answer, stream, k) {
  const sources = facts.view.roads.streams[stream] ?? [];
  const along = new Map();
  const at = (gate) => answer.crossed[gate]?.[k] ?? 0;
  const shares = new Map(); // gate → [[way, weight]]
  for (const source of sources) {
    const open = source.gates.filter((g) => at(g.gate) > 0);
    const all = sum(open.map((g) => g.pull));
    if (!(all > 0)) continue;
    for (const g of open) {
      shares.set(g.gate, [...(shares.get(g.gate) ?? []), [g.way, (source.amount * g.pull) / all]]);
    }
  }
  for (const [gate, ways] of shares) {
    const all = sum(ways.map(([, weight]) => weight));
    for (const [way, weight] of ways) {
      for (const edge of way) along.set(edge, (along.get(edge) ?? 0) + (at(gate) * weight) / all);
    }
  }
  return along;
}

/** What an order of a kind does, with its value, for people. */
export function kindWords(kind, value) {
  const words = {
    closed: say("closed"),
    part: say("open in part ({value})", { value }),
    slowed: say("slowed (service {value})", { value }),
    hours: say("hours {value}", { value }),
    quota: say("at most {value} a day", { value }),
    deterrent: say("deterred ({value})", { value }),
  };
  return words[kind] ?? kind;
}
