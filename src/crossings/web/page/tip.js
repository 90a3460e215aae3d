// @ts-check
// What a drawing says at the pointer. The same words stand in tables and labels, so it is hidden from readers.

const box = document.createElement("div");
box.id = "tip";
box.setAttribute("aria-hidden", "true");
document.body.append(box);

export function hide() {
  box.style.visibility = "hidden";
}

function show(words, event) {
  box.textContent = words;
  box.style.visibility = "visible";
  const size = box.getBoundingClientRect();
  const above = event.clientY - size.height - 14;
  box.style.left = `${Math.max(8, Math.min(event.clientX + 14, innerWidth - size.width - 8))}px`;
  box.style.top = `${above > 8 ? above : event.clientY + 18}px`;
}

/**
 * A drawing that says something at the pointer.
 * @param {SVGElement} drawing
 * @param {(event: PointerEvent, at: Element) => string | null | undefined} tell gives the words
 */
export function says(drawing, tell) {
  const point = (event) => {
    const words = event.target instanceof Element && tell(event, event.target);
    if (words) show(words, event);
    else hide();
  };
  drawing.addEventListener("pointermove", point);
  drawing.addEventListener("pointerdown", point);
  drawing.addEventListener("pointerleave", hide);
}

document.addEventListener("scroll", hide, { passive: true });
document.addEventListener("keydown", (event) => event.key === "Escape" && hide());
