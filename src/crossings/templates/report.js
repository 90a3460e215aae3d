// @ts-check
// What a report does: groups, what charts say at the pointer, figures that can be saved. picture.js is put behind it.

import { pngOf } from "./picture.js";

(() => {
  const root = document.documentElement;
  root.classList.add("scripted");

  // One stream at a time, in every part of the page.
  /** @type {NodeListOf<HTMLElement>} */
  const parts = document.querySelectorAll(".for-stream");
  const choose = (value) => parts.forEach((part) => part.classList.toggle("chosen", part.dataset.stream === value));
  /** @type {NodeListOf<HTMLInputElement>} */
  const radios = document.querySelectorAll('input[name="stream"]');
  radios.forEach((radio) => radio.addEventListener("change", () => choose(radio.value)));
  const checked = [...radios].find((radio) => radio.checked);
  choose(checked ? checked.value : "0");
  if (!radios.length) parts.forEach((part) => part.classList.add("chosen"));

  // What a chart says at the pointer.
  const tip = document.createElement("div");
  tip.id = "tip";
  tip.setAttribute("aria-hidden", "true");
  document.body.append(tip);
  let cursor = null;
  const hide = () => {
    tip.style.visibility = "hidden";
    if (cursor) cursor.style.visibility = "hidden";
    cursor = null;
  };
  const show = (text, event) => {
    tip.textContent = text;
    tip.style.visibility = "visible";
    const box = tip.getBoundingClientRect();
    const x = Math.min(event.clientX + 14, window.innerWidth - box.width - 8);
    const above = event.clientY - box.height - 14;
    tip.style.left = `${Math.max(8, x)}px`;
    tip.style.top = `${above > 8 ? above : event.clientY + 18}px`;
  };
  const known = new WeakMap();
  const told = (chart) => {
    if (!known.has(chart)) {
      known.set(chart, { tips: JSON.parse(chart.dataset.tips), at: chart.dataset.at.split(" ").map(Number) });
    }
    return known.get(chart);
  };
  const point = (event) => {
    const said = event.target.closest("[data-say]");
    const chart = event.target.closest("svg[data-tips]");
    hide();
    if (said) {
      show(said.dataset.say, event);
    } else if (chart) {
      const { tips, at } = told(chart);
      const box = chart.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * chart.viewBox.baseVal.width;
      let best = 0;
      at.forEach((value, k) => {
        if (Math.abs(value - x) < Math.abs(at[best] - x)) best = k;
      });
      if (tips[best]) {
        cursor = chart.querySelector(".cursor");
        cursor.setAttribute("x1", at[best]);
        cursor.setAttribute("x2", at[best]);
        cursor.style.visibility = "visible";
        show(tips[best], event);
      }
    }
  };
  document.addEventListener("pointermove", point);
  document.addEventListener("pointerdown", point);
  document.addEventListener("scroll", hide, { passive: true });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") hide();
  });

  // A link to a part opens it.
  const reveal = () => {
    const part = location.hash.length > 1 ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
    const fold = part?.querySelector("details");
    if (!part || !fold) return;
    fold.open = true;
    part.scrollIntoView();
  };
  window.addEventListener("hashchange", reveal);
  reveal();

  // Every figure can be saved: as it is drawn, and the figures behind it.
  /** What the text of the first such element is. */
  const textOf = (selector, within = document.documentElement) => within.querySelector(selector)?.textContent ?? "";
  const style = textOf("style");
  const shared = [...document.querySelectorAll("svg.shared")].map((s) => s.innerHTML).join("");
  const save = (name, blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };
  const NS = "http://www.w3.org/2000/svg";
  const node = (tag, more, text) => {
    const made = document.createElementNS(NS, tag);
    Object.entries(more).forEach(([key, value]) => made.setAttribute(key, value));
    if (text) made.textContent = text;
    return made;
  };
  // All drawings of a figure that are shown, in one drawing, with title and source.
  const drawing = (figure) => {
    const charts = [...figure.querySelectorAll("svg.chart")].filter((c) => c.getClientRects().length);
    const box = figure.getBoundingClientRect();
    const edge = 16;
    const whole = node("svg", { xmlns: NS, width: Math.ceil(box.width) + 2 * edge, class: "saved" });
    whole.append(node("style", {}, `${style} svg { font-family: system-ui, "DejaVu Sans", sans-serif; }`));
    const defs = node("defs", {});
    defs.innerHTML = shared;
    const ground = node("rect", { width: "100%", height: "100%", style: "fill: var(--paper)" });
    whole.append(
      defs,
      ground,
      node("text", { x: edge, y: 24, style: "font-size: 14px; font-weight: 650" }, textOf("figcaption", figure)),
    );
    let low = 40;
    charts.forEach((chart) => {
      const at = chart.getBoundingClientRect();
      const copy = chart.cloneNode(true);
      ["data-tips", "data-at", "data-csv"].forEach((key) => copy.removeAttribute(key));
      const [x, y] = [at.left - box.left + edge, at.top - box.top + 34];
      Object.entries({ x, y, width: at.width, height: at.height }).forEach(([key, value]) =>
        copy.setAttribute(key, value),
      );
      const head = chart.closest(".panel")?.querySelector("h4");
      if (head)
        whole.append(
          node(
            "text",
            { x, y: head.getBoundingClientRect().top - box.top + 46, style: "font-size: 13px; font-weight: 650" },
            head.textContent,
          ),
        );
      whole.append(copy);
      low = Math.max(low, y + at.height);
    });
    const source = figure.querySelector(".source");
    if (source)
      whole.append(
        node(
          "text",
          { x: edge, y: low + 18, style: "font-size: 10px; fill: var(--muted)" },
          source.textContent.slice(0, Math.floor(box.width / 5)),
        ),
      );
    whole.setAttribute("height", Math.ceil(low + 32));
    return whole;
  };
  const picture = (figure) => new XMLSerializer().serializeToString(drawing(figure));
  const numbers = (part) =>
    [part, ...part.querySelectorAll("[data-csv]")]
      .filter((c) => c.dataset.csv && !c.classList.contains("narrow"))
      .map((c) => {
        const head = c.closest(".panel")?.querySelector("h4");
        return (head ? `"${head.textContent.replaceAll('"', '""')}"\n` : "") + c.dataset.csv;
      })
      .join("\n");
  const title = textOf("h1");
  const named = (part, kind) => {
    const what = textOf("figcaption", part) || textOf("caption", part);
    return `${title} - ${what}`.replace(/[^\p{L}\p{N}]+/gu, "-").slice(0, 90) + kind;
  };
  const button = (text, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.addEventListener("click", act);
    return made;
  };
  const savers = (part, makers) => {
    const row = document.createElement("div");
    row.className = "save";
    row.append(document.body.dataset.save ?? "", ...makers);
    part.append(row);
  };
  const csv = (part) =>
    button("CSV", () => save(named(part, ".csv"), new Blob(["\ufeff", numbers(part)], { type: "text/csv" })));
  document
    .querySelectorAll("figure")
    .forEach((figure) =>
      savers(figure, [
        button("PNG", () => pngOf(picture(figure), (blob) => save(named(figure, ".png"), blob))),
        button("SVG", () => save(named(figure, ".svg"), new Blob([picture(figure)], { type: "image/svg+xml" }))),
        csv(figure),
      ]),
    );
  document.querySelectorAll("div[data-csv]").forEach((part) => savers(part, [csv(part)]));

  // Parts that belong on paper are opened for it.
  /** @type {HTMLDetailsElement[]} */
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details.print-open:not([open])")].filter(
      (part) => part instanceof HTMLDetailsElement,
    );
    opened.forEach((part) => {
      part.open = true;
    });
  });
  window.addEventListener("afterprint", () =>
    opened.forEach((part) => {
      part.open = false;
    }),
  );
})();
