// Elements of compiled components: made from their templates, found within them, filled, listened to (see index.ts).
import { effect, get, derived, here, untrack } from "./signals";

type Handler = (this: EventTarget, event: Event) => unknown;

/** What a component last gave an element, by attribute; what a visitor typed is left alone while that is the same. */
type Given = Node & { given?: Record<string, unknown> };
const handlers = new WeakMap<EventTarget, Record<string, Handler>>();

function isNew(element: Given, name: string, value: unknown): boolean {
  const all = (element.given ??= {});
  if (name in all && all[name] === value) return false;
  all[name] = value;
  return true;
}

/** Says of the branch that runs now where it begins and ends. */
function bound<T extends Node>(whole: T, first: Node = whole, last: Node = whole): T {
  here().nodes ??= [first, last];
  return whole;
}

function made(html: string, isFragment: number, read: (html: string) => Node): () => Node {
  let model: Node | undefined;
  return () => {
    // A place that stands first is given a mark before it, as what is put there comes between the two.
    model ??= read((html.startsWith("<!>") ? "<!>" : "") + html);
    const copy = document.importNode(isFragment & 1 ? model : (model.firstChild as Node), true);
    return isFragment & 1 ? bound(copy, copy.firstChild as Node, copy.lastChild as Node) : bound(copy);
  };
}

function fragmentOf(html: string): DocumentFragment {
  const template = document.createElement("template");
  template.innerHTML = html.replaceAll("<!>", "<!---->");
  return template.content;
}

/* @__NO_SIDE_EFFECTS__ */
export function from_html(html: string, flags = 0): () => Node {
  return made(html, flags, fragmentOf);
}

/* @__NO_SIDE_EFFECTS__ */
export function from_svg(svg: string, flags = 0): () => Node {
  return made(svg, flags, (inside) => {
    const fragment = new DocumentFragment();
    fragment.append(...(fragmentOf(`<svg>${inside}</svg>`).firstChild as Node).childNodes);
    return fragment;
  });
}

export const text = (value = ""): Text => bound(new Text(value));

export function comment(): DocumentFragment {
  const [whole, first, last] = [new DocumentFragment(), new Comment(), new Text()];
  whole.append(first, last);
  return bound(whole, first, last);
}

export const append = (anchor: ChildNode, nodes: Node): void => anchor.before(nodes);
export const child = (node: Node): Node | null => node.firstChild;

export function first_child(fragment: Node): Node | null {
  const first = fragment.firstChild;
  return first instanceof Comment && !first.data ? first.nextSibling : first;
}

export function sibling(node: Node, count = 1): Node {
  for (; count; count--) node = node.nextSibling as Node;
  return node;
}

export function template_effect(fill: (...values: unknown[]) => void, parts: (() => unknown)[] = []): void {
  const values = parts.map(derived);
  effect("fill", () => fill(...values.map(get)));
}

export function set_text(node: Text, value: unknown): void {
  const said = String(value ?? "");
  if (node.data !== said) node.data = said;
}

export function set_attribute(element: Element, name: string, value: unknown): void {
  if (!isNew(element, name, value)) return;
  const own = element as unknown as Record<string, unknown>;
  if (value == null) element.removeAttribute(name);
  else if (typeof own[name] === "boolean") own[name] = value;
  else element.setAttribute(name, String(value));
}

/** The class of an element: its text, the mark of its component's styles, and those names that are true. */
export function set_class(
  element: Element,
  own: string,
  mark: string | null = null,
  names: Record<string, unknown> = {},
): void {
  const more = Object.keys(names).filter((name) => names[name]);
  set_attribute(element, "class", [own, mark, ...more].filter(Boolean).join(" ") || null);
}

export function set_value(element: HTMLInputElement | HTMLTextAreaElement, value: unknown): void {
  if (isNew(element, "value", value)) element.value = String(value ?? "");
}

export function set_checked(element: HTMLInputElement, value: boolean): void {
  if (isNew(element, "checked", value)) element.checked = value;
}

export function bind_this<T>(element: T, update: (value: T | null) => void, read: () => T | null): void {
  untrack(() => update(element));
  here().ends.push(() => {
    if (read() === element) update(null);
  });
}

/** Listens at one element, or at the window as long as the component is there. */
export function event(name: string, at: EventTarget, handler: Handler, capture = false): void {
  const listen: Handler = (one) => untrack(() => handler.call(at, one));
  at.addEventListener(name, listen, capture);
  if (at === window) here().ends.push(() => at.removeEventListener(name, listen, capture));
}

/** Listens to what bubbles: once in the document, for all elements. */
export function delegated(name: string, element: EventTarget, handler: Handler): void {
  document.addEventListener(name, dispatch); // the second time is none
  handlers.set(element, { ...handlers.get(element), [name]: handler });
}

function dispatch(event: Event): void {
  for (const node of event.composedPath()) {
    const handler = handlers.get(node)?.[event.type];
    if (!handler || ("disabled" in node && node.disabled && node !== event.target)) continue;
    Object.defineProperty(event, "currentTarget", { configurable: true, value: node });
    untrack(() => handler.call(node, event));
    if (event.cancelBubble) break;
  }
}
