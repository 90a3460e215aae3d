// One's own data: a zip of a scenario directory or of a Flee directory in, and what was tried out again.

import * as api from "./api.js";
import { begin, state } from "./state.js";
import { h, put } from "./svg.js";
import { say, spoken } from "./words.js";

/** Make the upload form work; open(view) is called with a scenario that was read. */
export function uploads(open) {
  const input = document.getElementById("file");
  const area = document.getElementById("drop");
  const said = document.getElementById("upload-said");
  const send = async (file) => {
    if (!file) return;
    put(said, h("p", { role: "status" }, say("Reading {file}…", { file: file.name })));
    try {
      const view = await api.upload(file);
      put(said, h("p", { role: "status", class: "well" }, say("{file} was read: {title}.", { file: file.name, title: view.title })), view.notes.length ? h("details", {}, h("summary", {}, say("Notes: {number}", { number: view.notes.length })), h("ul", { lang: "en" }, view.notes.map((n) => h("li", {}, n)))) : null);
      open(view);
      begin(view.id);
    } catch (error) {
      const faults = error.faults ?? [String(error)];
      put(
        said,
        h("div", { class: "faults", role: "alert" }, h("p", {}, say("{file} was not taken. Faults: {number}.", { file: file.name, number: faults.length })), h("ul", { lang: "en" }, faults.map((fault) => h("li", {}, fault)))),
      );
    }
    input.value = "";
  };
  input.addEventListener("change", () => send(input.files[0]));
  for (const kind of ["dragover", "dragleave", "drop"]) {
    area.addEventListener(kind, (event) => {
      event.preventDefault();
      area.classList.toggle("over", kind === "dragover");
      if (kind === "drop") send(event.dataTransfer.files[0]);
    });
  }
}

/** Make the download buttons work; run() gives the ensemble's run, if there is one. */
export function downloads(run) {
  const said = document.getElementById("download-said");
  const offer = (id, path, body) =>
    document.getElementById(id).addEventListener("click", async (event) => {
      event.target.disabled = true;
      put(said, say("Preparing…"));
      try {
        put(said, say("{file} is in your downloads.", { file: await api.download(path(), body?.()) }));
      } catch (error) {
        put(said, error.faults?.join(" ") ?? String(error));
      }
      event.target.disabled = false;
    });
  const asked = () => ({ scenario: state.scenario, changes: state.changes });
  offer("get-scenario", () => "scenario.zip", asked);
  offer("get-expected", () => "expected.csv", asked);
  offer("get-report", () => `runs/${run()?.id ?? "none"}/report.html?${new URLSearchParams({ language: spoken.code })}`);
  const form = (kind) => () => `runs/${run()?.id ?? "none"}/brief.${kind}?${new URLSearchParams({ stream: state.stream, language: spoken.code })}`;
  offer("get-brief", form("pdf"));
  offer("get-word", form("docx"));
  offer("get-workbook", form("xlsx"));
  offer("get-tables", () => `runs/${run()?.id ?? "none"}/tables.zip`);
}
