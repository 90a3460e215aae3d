// @ts-check
// The page: what people do, and what is then asked and drawn.

import * as api from "./api.js";
import { answerAll, askWords, fail, leave, open, views, wantEnsemble } from "./ask.js";
import { drawCounts, listenToCounts } from "./counts.js";
import { $, every } from "./dom.js";
import { claims, draw, drawAccess, drawDay, drawEnsemble, drawFrame, drawLong, presenting } from "./draw.js";
import { newOrder } from "./orders.js";
import { listenToLibrary, saveOption } from "./options.js";
import { downloads, uploads } from "./own.js";
import { play, playingNow } from "./play.js";
import { ensemble, shown } from "./shown.js";
import { begin, listen, look, read, redo, setAgainst, state, tryOut, undo, write } from "./state.js";
import { h, put } from "./svg.js";
import { tabs } from "./tabs.js";
import { preferred, say, speak, spoken } from "./words.js";
import { listenToMap, zoomAll, zoomBy } from "./zoom.js";

ensemble.told = drawEnsemble;

// --- what people do ----------------------------------------------------------------------------

let later = 0;
const soon = (what) => {
  clearTimeout(later);
  later = setTimeout(() => shown.answer?.streams.includes(state.stream) && what(), 250);
};

listen((what) => {
  if (what === "all") {
    leave();
    ensemble.stop();
    ensemble.clear();
    claims.stop();
    clearTimeout(later);
    shown.answer = shown.base = shown.inWords = null;
    shown.others = [];
    $("access-body").dataset.asked = "";
    const code = preferred(state.language);
    (code === spoken.code ? stay() : speakAnother(code)).then(open);
  } else if (!shown.answer) {
    return open();
  } else if (what === "counts") {
    drawCounts(shown.facts);
  } else if (what === "view") {
    if (!shown.answer.streams.includes(state.stream)) {
      answerAll();
      return;
    }
    if (shown.stream !== state.stream) draw();
    else drawDay();
    soon(() => {
      drawLong();
      drawAccess();
    });
  } else return answerAll();
  return null;
});

const slider = $("day", HTMLInputElement);
slider.addEventListener("input", () => {
  const k = Number(slider.value);
  look({ day: k, dayText: shown.facts.view.days[k] });
});

$("play").addEventListener("click", () => play(!playingNow()));
$("present").addEventListener("click", () => {
  state.present = !state.present;
  write();
  presenting(state.present);
  draw();
});
tabs();
listenToMap($("map"));
$("zoom-in").addEventListener("click", () => zoomBy(1.6));
$("zoom-out").addEventListener("click", () => zoomBy(1 / 1.6));
$("zoom-all").addEventListener("click", zoomAll);
$("undo").addEventListener("click", undo);
$("redo").addEventListener("click", redo);
$("clear").addEventListener("click", () => tryOut([]));
$("add-order").addEventListener("click", () => newOrder(shown.facts));
$("cancel").addEventListener("click", () => {
  ensemble.stop();
  drawEnsemble(true);
});
$("rerun").addEventListener("click", () => wantEnsemble(true));
const runs = $("seeds", HTMLSelectElement);
runs.addEventListener("change", () => {
  state.seeds = Number(runs.value);
  write();
  wantEnsemble();
});
const follow = $("follow", HTMLInputElement);
follow.addEventListener("change", () => {
  state.bands = follow.checked;
  write();
  if (state.bands) wantEnsemble();
});
const against = $("against", HTMLSelectElement);
against.addEventListener("change", () => setAgainst(against.value));
for (const button of every(".save-option", HTMLButtonElement))
  button.addEventListener("click", () => saveOption(shown.facts));
$("share").addEventListener("click", async () => {
  write();
  try {
    await navigator.clipboard.writeText(location.href);
    $("share-said").textContent = say("The link is in the clipboard.");
  } catch {
    $("share-said").textContent = say("The address of this page is the link.");
  }
});
const scenario = $("scenario", HTMLSelectElement);
scenario.addEventListener("change", () => begin(scenario.value));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && state.present && !document.querySelector("dialog[open]")) $("present").click();
  if (
    event.target instanceof Element &&
    event.target.closest("input:not([type=range]):not([type=radio]):not([type=checkbox]), textarea, select, dialog")
  )
    return;
  if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
  event.preventDefault();
  (event.shiftKey ? redo : undo)();
});
addEventListener("pagehide", () => {
  ensemble.stop();
  claims.stop();
});
let wide = innerWidth;
addEventListener("resize", () => {
  if (innerWidth === wide || !shown.answer) return;
  wide = innerWidth;
  soon(draw);
});

async function listed() {
  const all = await api.scenarios();
  const names = [
    ...all.scenarios.map((s) => [s.id, s.title]),
    ...[...views.values()].filter((v) => v.kind === "uploaded").map((v) => [v.id, say("{title} (yours)", v)]),
  ];
  put(
    scenario,
    names.map(([id, title]) => h("option", { value: id, ...(id === state.scenario ? { selected: true } : {}) }, title)),
  );
  put(
    language,
    Object.entries(all.languages).map(([code, own]) =>
      h("option", { value: code, lang: code, ...(code === spoken.code ? { selected: true } : {}) }, own),
    ),
  );
  $("version").textContent = `crossings ${all.version}.`;
}

let chosen = 0; // how often a language was chosen: one that comes when another has been chosen since is not spoken

/** Keep the language that is spoken, whichever is on its way. */
async function stay() {
  chosen += 1;
}

/** Speak another language; what is shown is drawn again, and what the server said in words is asked for again. */
async function speakAnother(code) {
  chosen += 1;
  const mine = chosen;
  const found = code === "en" ? { texts: {} } : await api.language(code).catch(() => null); // a page in English is better than none
  if (mine !== chosen) return;
  speak(found ? code : "en", found?.texts ?? {});
  if (!shown.answer) return;
  drawFrame();
  draw();
  presenting(state.present);
  play(false);
  drawEnsemble(false);
  $("took").textContent = "";
  drawCounts(shown.facts);
  askWords();
  drawAccess();
  await Promise.all([claims.speak(), ensemble.result ? ensemble.lookAgain() : null]);
}

const language = $("language", HTMLSelectElement);
language.addEventListener("change", async () => {
  state.language = language.value;
  write();
  await speakAnother(state.language).catch(fail);
  await listed();
});

uploads((view) => views.set(view.id, view));
downloads(() => ensemble.run);
listenToLibrary(() => shown.facts);
listenToCounts(() => shown.facts);

async function begun() {
  read();
  await speakAnother(preferred(state.language));
  await open();
  await listed();
}
begun().catch(fail);
listen((what) => what === "all" && listed().catch(() => {}));
