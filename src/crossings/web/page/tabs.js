// @ts-check
// Tabs below the three columns: one panel is shown; arrows, Home and End move between them; the address holds which. What stands in
// a panel is drawn while it is seen, or printed.

import { $, every } from "./dom.js";
import { state, write } from "./state.js";

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

/** @type {Map<string, () => void>} panel → how it is drawn, where it has not been since something changed */
const due = new Map();

/** Draw what stands in a panel: now if it is seen, else when it is. */
export function inPanel(name, drawing) {
  due.set(name, drawing);
  drawDue();
}

/** Draw what is seen; on paper all panels are, and those that are hidden on the screen are drawn there again, at their width. */
function drawDue(paper = false) {
  for (const [name, drawing] of due) {
    const seen = !$(name).hidden;
    if (seen) due.delete(name);
    if (seen || paper) drawing();
  }
}

/** Listen to the tabs, and to who prints. */
export function tabs() {
  const choose = (tab) => {
    if (tab.getAttribute("aria-selected") === "true") return;
    state.tab = panelOf(tab);
    write();
    showTab();
    drawDue();
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
  addEventListener("beforeprint", () => drawDue(true));
}
