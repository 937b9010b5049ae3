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

const PLACES: Record<string, string> = {
  sequence: ".sequence table[role=grid], .sequence [role=application], .sequence",
  cell: "section[aria-labelledby=cell-title] svg",
};

/** The element that shows a picture now, the sequence or the cell; null where none does. */
export function pictureOf(name: string): Element | null {
  for (const selector of (PLACES[name] ?? "").split(", ")) {
    const found = selector && document.querySelector(selector);
    if (found && found.getBoundingClientRect().width > 0) return found;
  }
  return null;
}

/** An element of the page as the text of an SVG file. */
export function svgOf(element: Element): string {
  const { width, height } = element.getBoundingClientRect();
  const root = document.createElementNS(NAMESPACE, "svg");
  root.setAttribute("xmlns", NAMESPACE);
  root.setAttribute("width", String(Math.ceil(width)));
  root.setAttribute("height", String(Math.ceil(height)));
  root.setAttribute("viewBox", `0 0 ${Math.ceil(width)} ${Math.ceil(height)}`);
  const paper = getComputedStyle(document.body).backgroundColor;
  root.append(shape("rect", { width: "100%", height: "100%", fill: paper }));
  const origin = element.getBoundingClientRect();
  draw(element, root, origin);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(root)}\n`;
}

function shape(name: string, attributes: Record<string, string>): SVGElement {
  const made = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

/** Draw an element and what is in it, where it is on the page: SVG, canvas as an image, boxes and text of HTML. */
function draw(element: Element, into: SVGElement, origin: DOMRect): void {
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  if (style.display === "none" || style.visibility === "hidden" || element.classList.contains("sr")) return;
  const [x, y] = [box.left - origin.left, box.top - origin.top];
  if (element instanceof SVGSVGElement) {
    const copy = inlined(element) as SVGSVGElement;
    for (const [key, value] of Object.entries({ x, y, width: box.width, height: box.height }))
      copy.setAttribute(key, String(value));
    into.append(copy);
    return;
  }
  if (element instanceof HTMLCanvasElement) {
    const [width, height] = [String(box.width), String(box.height)];
    into.append(shape("image", { x: String(x), y: String(y), width, height, href: element.toDataURL() }));
    return;
  }
  boxed(style, box, x, y, into);
  for (const child of element.childNodes) {
    if (child instanceof Element) draw(child, into, origin);
    else if (child instanceof Text && child.data.trim() !== "") written(child, style, into, origin);
  }
}

const CLEAR = /^(transparent|rgba\(.*, 0\))$/;

function boxed(style: CSSStyleDeclaration, box: DOMRect, x: number, y: number, into: SVGElement): void {
  if (box.width === 0 || box.height === 0) return;
  const [right, bottom] = [x + box.width, y + box.height];
  if (!CLEAR.test(style.backgroundColor)) {
    const size = { x: String(x), y: String(y), width: String(box.width), height: String(box.height) };
    into.append(
      shape("rect", {
        ...size,
        rx: String(Number.parseFloat(style.borderTopLeftRadius) || 0),
        fill: style.backgroundColor,
      }),
    );
  }
  const edges = {
    top: [x, y, right, y],
    right: [right, y, right, bottom],
    bottom: [x, bottom, right, bottom],
    left: [x, y, x, bottom],
  };
  for (const [side, ends] of Object.entries(edges)) {
    const width = style.getPropertyValue(`border-${side}-width`);
    if (Number.parseFloat(width) === 0 || style.getPropertyValue(`border-${side}-style`) === "none") continue;
    const [x1, y1, x2, y2] = ends.map(String) as [string, string, string, string];
    const stroke = style.getPropertyValue(`border-${side}-color`);
    if (!CLEAR.test(stroke)) into.append(shape("line", { x1, y1, x2, y2, stroke, "stroke-width": width }));
  }
}

function written(text: Text, style: CSSStyleDeclaration, into: SVGElement, origin: DOMRect): void {
  const range = document.createRange();
  range.selectNodeContents(text);
  const box = range.getBoundingClientRect();
  if (box.width === 0) return;
  const size = Number.parseFloat(style.fontSize);
  const line = shape("text", {
    x: String(box.left - origin.left),
    y: String(box.top - origin.top + box.height / 2 + size * 0.35),
    fill: style.color,
    "font-family": style.fontFamily,
    "font-size": String(size),
    "font-style": style.fontStyle,
    "font-weight": style.fontWeight,
  });
  line.textContent = text.data.replace(/\s+/g, " ").trim();
  into.append(line);
}

/** A copy of an SVG element whose look no longer hangs on a stylesheet. */
function inlined(element: Element): Element {
  const copy = element.cloneNode(false) as Element;
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
