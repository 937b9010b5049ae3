// What a cell's picture is drawn of, as data: wires, boxes and operations, each with what it says and where it leads.
import type { Place } from "../../core/api";
import { signOf, toneOf, wordOf, worstOf } from "../line/verdicts";
import { same, whole } from "../places";
import { nameIn } from "../sequence/quantities";
import { app } from "../state.svelte";
import type { Graph, Node } from "./graph";
import { layoutOf } from "./layout";
import { headOf, pathOf, placed, routesOf } from "./routes";
import { placeAt, sizeAt, worth } from "./values";

/** A piece of text, in its middle at x; a quantity's name with its step as an index, and a sign before it. */
export interface Text {
  x: number;
  y: number;
  look: string;
  text?: string;
  sign?: string;
  name?: string;
  step?: string;
}

/** What can be chosen: a wire with a path, or a box with an outline; x and y are its middle, arrow keys go by it. */
export interface Drawn {
  id: string;
  look: string;
  x: number;
  y: number;
  place: Place | null;
  label: string;
  path?: string;
  width?: number;
  head?: string;
  box?: { x: number; y: number; width: number; height: number; rx: number };
  flash?: boolean;
  texts: Text[];
}

type Points = [x: number, y: number][];

const SHIFT = 5; // of a backward wire beside its forward one
const MARGIN = 12;

/** The middle of the longest piece of a wire. */
function middleOf(points: Points): [number, number] {
  let [best, longest] = [points[0] ?? [0, 0], -1];
  for (const [k, [x, y]] of points.slice(1).entries()) {
    const [x0, y0] = points[k] as [number, number];
    const length = Math.hypot(x - x0, y - y0);
    if (length > longest) [best, longest] = [[(x + x0) / 2, (y + y0) / 2], length];
  }
  return best;
}

/** Draw a block at a step: what can be chosen, texts beside it, and the box around all. */
export function draw(
  graph: Graph,
  number: number,
  t: number,
  upright: boolean,
): { parts: Drawn[]; texts: Text[]; box: number[] } {
  void app.version;
  const { block, backward, model } = app;
  const layout = layoutOf(graph, upright, backward);
  const placeFor = (name: string, dt: number): Place | null =>
    name === "" ? null : placeAt(model, number, name, t + dt, app.unit);
  const hidden = (place: Place | null): boolean => place === null || app.hides(place);
  const numbersOf = (place: Place | null): number[] => (place === null ? [] : [...model.values(place)]);
  const written = (place: Place): string => {
    const numbers = numbersOf(place);
    if (app.hides(place)) return "?";
    if (numbers.length > 2) return `${numbers.length} numbers`;
    const write = (digits: number): string =>
      numbers
        .map((one) => (Number.isNaN(one) ? "none" : app.lines.number(one, Math.min(app.digits, digits))))
        .join("; ");
    const fits = numbers.length > 1 ? [3, 2, 1] : [5, 3, 2];
    return fits.map(write).find((text) => text.length <= 11) ?? `${numbers.length} numbers`;
  };
  /** What is shown, in its order; the unit, which is not shown, comes behind. */
  const spoken = (place: Place, more = ""): string => {
    const unit = place.entry === null ? "" : `, unit ${place.entry.join(", ")}`;
    return `${app.plain(whole(place))}${more} = ${written(place)}${unit}`;
  };

  /** The wires of one direction, as wide as their numbers are large. */
  function wires(back: boolean): Drawn[] {
    const drawn = graph.wires.map((wire, k) => {
      const place = back ? placeFor(wire.gradient, wire.gradientDt) : placeFor(wire.name, wire.dt);
      const value = hidden(place)
        ? NaN
        : wire.tree && !back
          ? worth(model, number, wire.tree, t, app.unit)
          : sizeAt(numbersOf(place));
      return { wire, place, value, points: placed(routes[k] ?? [], upright) };
    });
    const most = Math.max(back ? 0 : 1, ...drawn.map(({ value }) => Math.abs(value) || 0).filter(Number.isFinite));
    return drawn
      .filter(({ points, place }) => points.length > 1 && (place || !back))
      .map(({ wire, place, value, points }) => {
        const way: Points = back
          ? points.map(([x, y]): [number, number] => [x + SHIFT, y + SHIFT]).reverse()
          : points;
        const [from, to] = back ? [wire.to, wire.from] : [wire.from, wire.to];
        const width = 1.1 + 3.6 * Math.min(1, Math.abs(value / most) || 0);
        const [x, y] = middleOf(way);
        const into = graph.nodes.get(wire.to);
        const sign = into?.sign || into?.name;
        const share =
          back && place ? app.shares.find((one) => same(whole(one.place), whole(place)))?.share : undefined;
        const tone = !back ? "" : value > 0 ? "back plus" : value < 0 ? "back minus" : "back";
        return {
          id: `${from}>${to}`,
          look: `wire ${tone} ${share === undefined ? "" : "shared"} ${wire.tree && !back ? "inner" : ""}`,
          x,
          y,
          place,
          label: `${place ? app.plain(place) : wire.name} ${back ? "back from" : "into"} ${sign}`,
          path: pathOf(way),
          width,
          head: headOf(way, 6 + width),
          texts: share === undefined ? [] : [{ x, y: y - 5, look: "share", text: `${Math.round(share * 100)} %` }],
        };
      });
  }

  const parts: Drawn[] = [];
  const texts: Text[] = [];
  /** A box with a name and, below it, a number; `at` is the middle between the two. */
  function box(
    id: string,
    look: string,
    place: Place,
    outline: NonNullable<Drawn["box"]>,
    label: string,
    name: Omit<Text, "x" | "y" | "look">,
  ): Drawn {
    const { x, y, width, height } = outline;
    const [middle, at] = [x + width / 2, y + height / 2];
    const text = written(place);
    const value = !hidden(place) && look === "back" ? sizeOfOne(numbersOf(place)) : 0;
    const figure = `figure ${text.length > 9 ? "long" : ""} ${value > 0 ? "plus" : value < 0 ? "minus" : ""}`;
    const lines = [
      { x: middle, y: at - 4, look: "", ...name },
      { x: middle, y: at + 12, look: figure, text },
    ];
    const drawn = {
      id,
      look: `part ${look}`,
      x: middle,
      y: at,
      place,
      label,
      box: outline,
      flash: app.flash(place),
      texts: lines,
    };
    parts.push(drawn);
    return drawn;
  }
  const sizeOfOne = (numbers: number[]): number => (numbers.length === 1 ? (numbers[0] ?? NaN) : 0);
  const named = (name: string, dt: number): { name: string; step: string } => {
    const quantity = block.quantities[name];
    return { name: quantity ? nameIn(quantity, app.notation) : name, step: String(t + dt).replace("-", "−") };
  };

  function operation(node: Node, x: number, y: number, w: number, h: number): void {
    const place = placeFor(node.name, node.dt);
    const { sign } = node;
    parts.push({
      id: node.id,
      look: "part op",
      x,
      y,
      place,
      label: `${sign} of ${place ? app.plain(place) : node.name}`,
      box: { x: x - w, y: y - h, width: 2 * w, height: 2 * h, rx: h },
      texts: [{ x, y: y + 4.5, look: sign.length > 1 ? "sign small" : "sign", text: sign }],
    });
    const value = node.tree ? worth(model, number, node.tree, t, app.unit) : NaN;
    if (!Number.isFinite(value) || hidden(place) || node.root) return;
    const text = app.lines.number(value, Math.min(app.digits, 4));
    if (x < 60) texts.push({ x: x + w + 2, y: y - h + 3, look: "worth right", text });
    else if (x - w < 100) texts.push({ x, y: y - h - 4, look: "worth above", text });
    else texts.push({ x: x - w - 2, y: y - h + 3, look: "worth", text });
  }

  /** A box, or what comes in or goes out: its own half, and where the backward pass is shown its gradient's. */
  function halves(node: Node, x: number, y: number, w: number, h: number): void {
    const { kind, sign, name, dt, id } = node;
    const place = placeFor(name, kind === "next" ? 0 : dt);
    // Past the last step the boundary value stands in place of the gradient.
    const over = dt === 1 && t === block.steps - 1 && "carried" in block.quantities ? "carried" : node.gradient;
    const gradient = backward && node.gradient ? placeFor(over, dt) : null;
    const outline = { x: x - w, y: y - h, width: 2 * w, height: gradient ? h : 2 * h, rx: 6 };
    if (!place || kind === "next" || sign === "above") {
      const at = y - h + outline.height / 2;
      texts.push({ x, y: at - 2, look: "loose", text: "to the" });
      texts.push({ x, y: at + 11, look: "loose", text: sign === "above" ? "block above" : "next step" });
    } else {
      const held = model.held().some((one) => one.block === number && one.name === name && one.t === t);
      const worst = worstOf(app.marksOf(place));
      const before = kind === "box" ? sign : "";
      const said = (held ? ", held" : "") + (worst ? `, in the document ${wordOf(worst.verdict)}` : "");
      const own = box(id, kind, place, outline, `${before} ${spoken(place)}${said}`.trim(), {
        sign: before,
        ...named(name, dt),
      });
      if (held) texts.push({ x, y: y - h - 3, look: "worth above", text: "held" });
      if (worst)
        own.texts.push({
          x: x + w - 2,
          y: y - h + 4,
          look: `mark ${toneOf(worst.verdict)}`,
          text: signOf(worst.verdict),
        });
    }
    if (!gradient) return;
    const cut = app.cuts.some(
      (one) =>
        one.block === number &&
        (one.t === null || one.t === t) &&
        block.equations.some((equation) => equation.id === one.equation && equation.left[1] === node.gradient),
    );
    const label = spoken(gradient, cut ? " ✂" : "") + (cut ? ", a term of it is cut" : "");
    box(`${id}~`, "back", gradient, { ...outline, y }, label, { ...named(over, dt), text: cut ? " ✂" : "" });
  }

  const routes = routesOf(graph, layout);
  const [low = [0, 0], high = [0, 0]] = placed([layout.low, layout.high], upright);
  const lines = [...wires(false), ...(backward ? wires(true) : [])];
  for (const node of graph.nodes.values()) {
    const spot = layout.spots.get(node.id);
    if (!spot) continue;
    const { u, v, hu, hv } = spot;
    const at = upright ? ([v, u, hv, hu] as const) : ([u, v, hu, hv] as const);
    (node.kind === "operation" ? operation : halves)(node, ...at);
  }
  const around = [low[0] - MARGIN, low[1] - MARGIN, high[0] - low[0] + 2 * MARGIN, high[1] - low[1] + 2 * MARGIN];
  return { parts: [...lines, ...parts], texts, box: around };
}
