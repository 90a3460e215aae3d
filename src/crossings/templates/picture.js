// @ts-check
// A drawing as PNG: the page imports it, and the report has it inside.

/** The text of an SVG as PNG, twice as large; done(blob) is called with it. */
export function pngOf(text, done) {
  const image = new Image();
  image.onload = () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [2 * image.width, 2 * image.height];
    const pen = canvas.getContext("2d");
    if (!pen) throw new Error("this browser draws nothing");
    pen.scale(2, 2);
    pen.drawImage(image, 0, 0);
    canvas.toBlob(done, "image/png");
  };
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
}
