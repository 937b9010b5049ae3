// A picture of the page as a standalone SVG: its colours and fonts are written into it, a canvas becomes an image.

const DRAWN = [
  "fill",
  "fill-opacity",
  "stroke",
  "stroke-width",
  "stroke-dasharray",
  "stroke-linecap",
  "stroke-linejoin",
  "stroke-opacity",
  "opacity",
  "font-family",
  "font-size",
  "font-style",
  "font-weight",
  "text-anchor",
  "dominant-baseline",
  "visibility",
  "display",
  "paint-order",
];
const NAMESPACE = "http://www.w3.org/2000/svg";

const PLACES = {
  sequence: ".sequence table[role=grid], .sequence [role=application], .sequence",
  cell: "section[aria-labelledby=cell-title] svg",
};

/** The picture that the sequence or the cell shows now, as an SVG file; "" where it shows none. */
export function pictureOf(name: "sequence" | "cell"): string {
  const shown = PLACES[name].split(", ").map((selector) => document.querySelector(selector));
  const element = shown.find((one) => one && one.getBoundingClientRect().width > 0);
  return element ? svgOf(element) : "";
}

/** An element of the page as the text of an SVG file. */
function svgOf(element: Element): string {
  const origin = element.getBoundingClientRect();
  const [width, height] = [Math.ceil(origin.width), Math.ceil(origin.height)];
  const root = shape("svg", { xmlns: NAMESPACE, width, height, viewBox: `0 0 ${width} ${height}` });
  root.append(shape("rect", { width, height, fill: getComputedStyle(document.body).backgroundColor }));
  draw(element, root, origin);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(root)}\n`;
}

function shape(name: string, attributes: Record<string, string | number>): SVGElement {
  return dressed(document.createElementNS(NAMESPACE, name), attributes);
}

function dressed(made: SVGElement, attributes: Record<string, string | number>): SVGElement {
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

/** Draw an element and what is in it, where it is on the page: SVG, canvas as an image, boxes and text of HTML. */
function draw(element: Element, into: SVGElement, origin: DOMRect): void {
  const style = getComputedStyle(element);
  const { left, top, width, height } = element.getBoundingClientRect();
  if (style.display === "none" || style.visibility === "hidden" || element.classList.contains("sr")) return;
  const box = { x: left - origin.left, y: top - origin.top, width, height };
  if (element instanceof SVGSVGElement) into.append(dressed(inlined(element), box));
  else if (element instanceof HTMLCanvasElement) into.append(shape("image", { ...box, href: element.toDataURL() }));
  else {
    if (width && height) boxed(style, box, into);
    for (const child of element.childNodes) {
      if (child instanceof Element) draw(child, into, origin);
      else if (child instanceof Text && child.data.trim() !== "") written(child, style, into, origin);
    }
  }
}

const CLEAR = /^(transparent|rgba\(.*, 0\))$/;
const size = (length: string): number => Number.parseFloat(length) || 0;

function boxed(
  style: CSSStyleDeclaration,
  box: Record<"x" | "y" | "width" | "height", number>,
  into: SVGElement,
): void {
  const fill = style.backgroundColor;
  if (!CLEAR.test(fill)) into.append(shape("rect", { ...box, rx: size(style.borderTopLeftRadius), fill }));
  const [left, top, right, bottom] = [box.x, box.y, box.x + box.width, box.y + box.height];
  const edges = {
    top: [left, top, right, top],
    right: [right, top, right, bottom],
    bottom: [left, bottom, right, bottom],
    left: [left, top, left, bottom],
  };
  for (const [side, [x1 = 0, y1 = 0, x2 = 0, y2 = 0]] of Object.entries(edges)) {
    const [width, kind, stroke] = ["width", "style", "color"].map((what) =>
      style.getPropertyValue(`border-${side}-${what}`),
    );
    if (!width || !size(width) || kind === "none" || !stroke || CLEAR.test(stroke)) continue;
    into.append(shape("line", { x1, y1, x2, y2, stroke, "stroke-width": width }));
  }
}

function written(text: Text, style: CSSStyleDeclaration, into: SVGElement, origin: DOMRect): void {
  const range = document.createRange();
  range.selectNodeContents(text);
  const box = range.getBoundingClientRect();
  if (box.width === 0) return;
  const line = shape("text", {
    x: box.left - origin.left,
    y: box.top - origin.top + box.height / 2 + size(style.fontSize) * 0.35,
    fill: style.color,
    "font-family": style.fontFamily,
    "font-size": size(style.fontSize),
    "font-style": style.fontStyle,
    "font-weight": style.fontWeight,
  });
  line.textContent = text.data.replace(/\s+/g, " ").trim();
  into.append(line);
}

/** A copy of an SVG element whose look no longer hangs on a stylesheet. */
function inlined(element: SVGElement): SVGElement {
  const copy = element.cloneNode(false) as SVGElement;
  const style = getComputedStyle(element);
  for (const property of DRAWN) {
    const value = style.getPropertyValue(property);
    if (value !== "" && !(element instanceof SVGSVGElement && property === "display"))
      copy.setAttribute(property, value);
  }
  for (const gone of ["class", "style", "tabindex", "role"]) copy.removeAttribute(gone);
  for (const name of copy.getAttributeNames()) if (/^(aria-|data-|on)/.test(name)) copy.removeAttribute(name);
  for (const child of element.childNodes) {
    if (child instanceof SVGElement) copy.append(inlined(child));
    else if (child instanceof Text) copy.append(child.cloneNode());
  }
  return copy;
}
