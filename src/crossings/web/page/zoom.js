// @ts-check
// Which part of the map is seen: zoomed with the wheel, two fingers or a button, and moved.

const MOST_ZOOM = 24;
/** What is seen: how many times larger, and the middle as a share of the whole. */
export const view = { key: null, zoom: 1, x: 0.5, y: 0.5 };
/** @type {(() => void) | null} */
let again = null; // draws the map as it was drawn last

/** The map of a scenario, with what draws it anew; of another scenario the whole is seen. */
export function seenOf(key, redraw) {
  again = redraw;
  if (view.key !== key) Object.assign(view, { key, zoom: 1, x: 0.5, y: 0.5 });
}

/**
 * Make it so many times larger around a point of the map.
 * @param {number} factor
 * @param {number[]} point given as shares of what is seen
 */
export function zoomBy(factor, [fx, fy] = [0.5, 0.5]) {
  const zoom = Math.min(MOST_ZOOM, Math.max(1, view.zoom * factor));
  move((fx - 0.5) / view.zoom - (fx - 0.5) / zoom, (fy - 0.5) / view.zoom - (fy - 0.5) / zoom, zoom);
}

/** Show the whole border. */
export const zoomAll = () => move(0.5 - view.x, 0.5 - view.y, 1);

function move(dx, dy, zoom = view.zoom) {
  const half = 0.5 / zoom;
  const held = (v) => Math.min(1 - half, Math.max(half, v));
  Object.assign(view, { zoom, x: held(view.x + dx), y: held(view.y + dy) });
  again?.();
}

/** Wheel with Ctrl (or a pinch), drag, and two fingers; the wheel alone once the map is larger than the whole border. */
export function listenToMap(host) {
  const down = new Map();
  const share = (event) => {
    const box = host.querySelector("svg")?.getBoundingClientRect();
    return box ? [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height] : [0.5, 0.5];
  };
  host.addEventListener(
    "wheel",
    (event) => {
      if (!event.ctrlKey && !event.metaKey && view.zoom === 1) return;
      event.preventDefault();
      zoomBy(Math.exp(-event.deltaY / (event.ctrlKey ? 160 : 400)), share(event));
    },
    { passive: false },
  );
  host.addEventListener("pointerdown", (event) => down.set(event.pointerId, share(event)));
  addEventListener("pointermove", (event) => {
    if (!down.has(event.pointerId) || (view.zoom === 1 && down.size < 2)) return;
    const [was, now] = [down.get(event.pointerId), share(event)];
    const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
    if (!other && Math.hypot(now[0] - was[0], now[1] - was[1]) < 0.01) return;
    down.set(event.pointerId, now);
    if (other)
      zoomBy(
        Math.hypot(now[0] - other[0], now[1] - other[1]) /
          Math.max(0.02, Math.hypot(was[0] - other[0], was[1] - other[1])),
        other,
      );
    else move((was[0] - now[0]) / view.zoom, (was[1] - now[1]) / view.zoom);
  });
  const up = (event) => down.delete(event.pointerId);
  addEventListener("pointerup", up);
  addEventListener("pointercancel", up);
}

/** What is reached with the keyboard comes into sight; given as shares of what is seen. */
export function centre(x, y) {
  move((x - 0.5) / view.zoom, (y - 0.5) / view.zoom);
}
