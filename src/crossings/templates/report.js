"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("scripted");

  // One stream at a time, in every part of the page.
  const parts = [...document.querySelectorAll(".for-stream")];
  const choose = (value) => parts.forEach((part) => part.classList.toggle("chosen", part.dataset.stream === value));
  const radios = [...document.querySelectorAll('input[name="stream"]')];
  radios.forEach((radio) => radio.addEventListener("change", () => choose(radio.value)));
  const checked = radios.find((radio) => radio.checked);
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
      at.forEach((value, k) => { if (Math.abs(value - x) < Math.abs(at[best] - x)) best = k; });
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
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });

  // Parts that belong on paper are opened for it.
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details.print-open:not([open])")];
    opened.forEach((part) => { part.open = true; });
  });
  window.addEventListener("afterprint", () => opened.forEach((part) => { part.open = false; }));
})();
