// @ts-check
// One's own data: a zip of a scenario directory or of a Flee directory in, and what was tried out again.

import * as api from "./api.js";
import { $ } from "./dom.js";
import { begin, state } from "./state.js";
import { h, put } from "./svg.js";
import { say, spoken } from "./words.js";

/** Make the upload form work; open(view) is called with a scenario that was read. */
export function uploads(open) {
  const input = $("file", HTMLInputElement);
  const area = $("drop");
  const said = $("upload-said");
  const send = async (file) => {
    if (!file) return;
    put(said, h("p", { role: "status" }, say("Reading {file}…", { file: file.name })));
    try {
      const view = await api.upload(file);
      put(
        said,
        h(
          "p",
          { role: "status", class: "well" },
          say("{file} was read: {title}.", { file: file.name, title: view.title }),
        ),
        view.notes.length
          ? h(
              "details",
              {},
              h("summary", {}, say("Notes: {number}", { number: view.notes.length })),
              h(
                "ul",
                { lang: "en" },
                view.notes.map((n) => h("li", {}, n)),
              ),
            )
          : null,
      );
      open(view);
      begin(view.id);
    } catch (error) {
      const faults = api.reasons(error);
      put(
        said,
        h(
          "div",
          { class: "faults", role: "alert" },
          h("p", {}, say("{file} was not taken. Faults: {number}.", { file: file.name, number: faults.length })),
          h(
            "ul",
            { lang: "en" },
            faults.map((fault) => h("li", {}, fault)),
          ),
        ),
      );
    }
    input.value = "";
  };
  input.addEventListener("change", () => send(input.files?.[0]));
  /** @param {DragEvent} event */
  const dragged = (event) => {
    event.preventDefault();
    area.classList.toggle("over", event.type === "dragover");
    if (event.type === "drop") send(event.dataTransfer?.files[0]);
  };
  area.addEventListener("dragover", dragged);
  area.addEventListener("dragleave", dragged);
  area.addEventListener("drop", dragged);
}

/** Make the download buttons work; run() gives the ensemble's run, if there is one. */
export function downloads(run) {
  const said = $("download-said");
  /**
   * @param {string} id of the button
   * @param {() => string} path
   * @param {() => any} body
   */
  const offer = (id, path, body = () => null) => {
    const button = $(id, HTMLButtonElement);
    button.addEventListener("click", async () => {
      button.disabled = true;
      put(said, say("Preparing…"));
      try {
        put(said, say("{file} is in your downloads.", { file: await api.download(path(), body()) }));
      } catch (error) {
        put(said, api.reasons(error).join(" "));
      }
      button.disabled = false;
    });
  };
  const asked = () => ({ scenario: state.scenario, changes: state.changes });
  offer("get-scenario", () => "scenario.zip", asked);
  offer("get-expected", () => "expected.csv", asked);
  offer(
    "get-report",
    () => `runs/${run()?.id ?? "none"}/report.html?${new URLSearchParams({ language: spoken.code })}`,
  );
  const form = (kind) => () =>
    `runs/${run()?.id ?? "none"}/brief.${kind}?${new URLSearchParams({ stream: state.stream, language: spoken.code })}`;
  offer("get-brief", form("pdf"));
  offer("get-word", form("docx"));
  offer("get-workbook", form("xlsx"));
  offer("get-tables", () => `runs/${run()?.id ?? "none"}/tables.zip`);
}
