// What a cell of the sequence's table shows: its number, the old one after a change, a bar, a share, a mark.
import type { Place, Share } from "../../core/api";
import type { Mark } from "../../core/data";
import { worstOf } from "../line/verdicts";
import { same, whole } from "../places";
import { app } from "../state.svelte";
import type { Range } from "./quantities";

export interface Shown {
  text: string;
  changed: boolean;
  old: string;
  /** The tone of the number: of gradients, their sign. */
  look: string;
  gate: boolean;
  bar: { x: number; width: number; tone: string };
  share: Share | undefined;
  worst: Mark | undefined;
}

/** Read a place; its bar goes as far as the limits. */
export function read(place: Place, range: Range, limits: [number, number], gradient: boolean): Shown {
  void app.version;
  const hidden = app.hides(place);
  const value = hidden ? NaN : (app.model.values(place)[0] ?? NaN);
  const text = hidden ? "?" : Number.isNaN(value) ? "–" : app.number(value);
  const changed = !hidden && app.flash(place);
  const old = changed ? app.number(app.model.before(place)[0] ?? NaN) : "";
  const gate = range === "gate";
  const most = Math.max(...limits.map(Math.abs));
  const width = Number.isFinite(value) ? Math.min(1, Math.abs(value) / most) * (gate ? 100 : 50) : 0;
  const tone = value < 0 ? "minus" : value > 0 ? "plus" : "";
  const x = gate ? 0 : value < 0 ? 50 - width : 50;
  return {
    text,
    changed,
    old: old === text ? "" : old,
    look: gradient ? tone : "",
    gate,
    bar: { x, width, tone: gate ? "gate" : tone },
    share: app.shares.find((one) => same(place.entry ? one.place : whole(one.place), place)),
    worst: worstOf(app.marksOf(place)),
  };
}
