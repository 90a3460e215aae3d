// @ts-check
// Questions to the server. An answer to the same question is asked for once.

import { say, spoken } from "./words.js";

class Refused extends Error {
  /**
   * @param {number} status of HTTP; 0: no answer
   * @param {string[]} faults
   */
  constructor(status, faults) {
    super(faults.join("\n"));
    this.status = status;
    this.faults = faults;
  }
}

/**
 * Why something went wrong, a line for each reason.
 * @param {unknown} error
 */
export const reasons = (error) => (error instanceof Refused ? error.faults : [String(error)]);

async function ask(path, options = {}) {
  let response;
  try {
    response = await fetch(`/api/${path}`, options);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Refused(0, [say("The server does not answer. Is crossings serve still running?")]);
  }
  if (!response.ok) {
    const body = await response.json().catch(() => ({}));
    throw new Refused(
      response.status,
      body.faults ?? [say("The server answered with status {status}.", { status: response.status })],
    );
  }
  return response;
}

const json = (value, more = {}) => ({
  method: "POST",
  headers: { "content-type": "application/json" },
  body: JSON.stringify(value),
  ...more,
});

const known = new Map();

/** The answer to a question that always has the same one. */
function once(path, body, more) {
  const key = `${path} ${JSON.stringify(body)}`;
  if (!known.has(key)) {
    const answer = ask(path, json(body, more)).then((r) => r.json());
    known.set(key, answer);
    answer.catch(() => known.delete(key));
    if (known.size > 60) known.delete(known.keys().next().value);
  }
  return known.get(key);
}

export const scenarios = () => ask("scenarios").then((r) => r.json());
export const language = (code) => ask(`languages/${code}`).then((r) => r.json());
export const scenario = (id) => ask(`scenarios/${encodeURIComponent(id)}`).then((r) => r.json());
export const upload = (file) =>
  ask("scenarios", { method: "POST", headers: { "content-type": "application/zip" }, body: file }).then((r) =>
    r.json(),
  );
export const expected = (id, changes, stream) => once("expected", { scenario: id, changes, stream });
export const answer = (id, changes, against, stream) =>
  once("answer", { scenario: id, changes, against, stream, language: spoken.code });
export const options = (id, stream, list) => once("options", { scenario: id, stream, options: list });
export const forecast = (id, counts) => once("forecast", { scenario: id, counts });
export const fragment = (path) => ask(path).then((r) => r.text());
export const access = (id, changes, stream, on) => once("access", { scenario: id, changes, stream, on });
export const startRun = (id, changes, against, seeds) =>
  ask("runs", json({ scenario: id, changes, against, seeds })).then((r) => r.json());
export const lookRun = (run, have, signal) =>
  ask(`runs/${run}?have=${have}&language=${spoken.code}`, { signal }).then((r) => r.json());
export const stopRun = (run) => ask(`runs/${run}`, { method: "DELETE", keepalive: true }).then((r) => r.json());
export const startClaims = (id, changes, only, seeds) =>
  ask(`claims?language=${spoken.code}`, json({ scenario: id, changes, only, seeds })).then((r) => r.json());
export const lookClaims = (run, have) =>
  ask(`claims/${run}?have=${have}&language=${spoken.code}`).then((r) => r.json());
export const stopClaims = (run) => ask(`claims/${run}`, { method: "DELETE", keepalive: true }).then((r) => r.json());

/** Fetch a file and hand it to the browser's downloads. */
export async function download(path, body) {
  const response = await ask(path, body ? json(body) : {});
  const name = /filename="([^"]+)"/.exec(response.headers.get("content-disposition") ?? "")?.[1] ?? "download";
  hand(await response.blob(), name);
  return name;
}

/** Hand a file to the browser's downloads. */
export function hand(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
