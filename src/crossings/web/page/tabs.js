// @ts-check
// Tabs below the three columns: one panel is shown; arrows, Home and End move between them; the address holds which.

import { $, every } from "./dom.js";
import { look, state } from "./state.js";

const each = () => every("#tabs [role=tab]", HTMLElement);
/** The id of its panel. */
const panelOf = (tab) => tab.id.slice("tab-".length);
/** The tabs that this scenario has. */
const all = () => each().filter((tab) => !tab.hidden);
const known = (name) => all().some((tab) => tab.id === `tab-${name}`);

/** Show the panel that the address names, or the first. */
export function showTab() {
  const name = known(state.tab) ? state.tab : panelOf(all()[0]);
  for (const tab of each()) {
    const on = tab.id === `tab-${name}`;
    tab.setAttribute("aria-selected", String(on));
    tab.tabIndex = on ? 0 : -1;
    $(panelOf(tab)).hidden = !on;
  }
}

/** Listen to the tabs. drawn: called when another panel is shown, to draw it at its width. */
export function tabs(drawn) {
  const choose = (tab) => {
    if (tab.getAttribute("aria-selected") === "true") return;
    look({ tab: panelOf(tab) });
    showTab();
    drawn();
  };
  for (const tab of each()) {
    tab.addEventListener("click", () => choose(tab));
    tab.addEventListener("keydown", (event) => {
      const list = all();
      const n = list.indexOf(tab);
      const to = { ArrowRight: n + 1, ArrowLeft: n - 1, Home: 0, End: list.length - 1 }[event.key];
      if (to === undefined) return;
      event.preventDefault();
      const next = list[(to + list.length) % list.length];
      next.focus();
      choose(next);
    });
  }
}
