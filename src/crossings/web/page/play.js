// @ts-check
// The days, one after the other.

import { $ } from "./dom.js";
import { shown } from "./shown.js";
import { look, state } from "./state.js";
import { say } from "./words.js";

let playing = null;
const quietly = matchMedia("(prefers-reduced-motion: reduce)");
export function play(on) {
  clearInterval(playing);
  playing = null;
  $("play").textContent = on ? `❚❚ ${say("Pause")}` : `▶ ${say("Play")}`;
  $("play").setAttribute("aria-pressed", String(on));
  if (!on) return;
  if (state.day >= shown.facts.view.days.length - 1) look({ day: 0, dayText: shown.facts.view.days[0] });
  playing = setInterval(
    () => {
      if (state.day >= shown.facts.view.days.length - 1) play(false);
      else look({ day: state.day + 1, dayText: shown.facts.view.days[state.day + 1] });
    },
    quietly.matches ? 1200 : 450,
  );
}

export const playingNow = () => playing !== null;
