// A model as a problem file, which `gatewise work` and `gatewise explore` read back to the same numbers.
import { listOf } from "../lists";
import type { ModelApi, Place } from "../api";
import { type Nested, nested } from "../evaluate";
import { placeOf } from "../keys";

const WIDEST = 100; // characters of an array that stands on one line

const quoted = (text: string): string => JSON.stringify(text).replace(/\x7f/g, "\\u007F");

function number(value: number): string {
  if (Number.isNaN(value)) return quoted("missing");
  return Object.is(value, -0) ? "-0.0" : String(value);
}

function written(values: Nested): string {
  if (!Array.isArray(values)) return number(values);
  const rows = values.map(written);
  const line = `[${rows.join(", ")}]`;
  if (line.length <= WIDEST || !Array.isArray(values[0])) return line;
  return `[\n${rows.map((row) => `  ${row},\n`).join("")}]`;
}

function* rows(model: ModelApi, index: number): Generator<string> {
  const { data } = model;
  const block = data.blocks[index];
  const at = (place: Place): Nested => nested(model.values(place), model.shape(place));
  const line = (name: string, place = placeOf(index, name)): string => `${name} = ${written(at(place))}`;
  if (data.blocks.length > 1) yield `# ${block.name} alone; a problem file has one layer.`;
  yield `title = ${quoted(data.title)}`;
  if (!block.cellToml && block.cell !== "lstm") yield `cell = ${quoted(block.cell)}`;
  const rate = "learning_rate";
  yield model.exists(placeOf(index, rate)) ? line(rate) : `${rate} = ${data.learningRate}`;
  for (const name of ["x", "label"]) {
    const places = listOf(block.steps, (_, t) => placeOf(index, name, t));
    if (places.every((place) => model.exists(place))) yield `${name} = ${written(places.map(at))}`;
  }
  for (const name of block.carried) {
    const place = placeOf(index, name, -1);
    if (model.values(place).some((value) => value !== 0)) yield line(`${name}0`, place);
  }
  const parameters = Object.keys(block.given).filter((key) => !key.includes("@") && key !== rate);
  const partsOf = (name: string): string[] => block.quantities[name].parts;
  for (const name of parameters) if (!partsOf(name).length) yield line(name);
  for (const gate of block.gates) {
    const having = parameters.filter((name) => partsOf(name).includes(gate));
    yield* ["", `[gates.${gate}]`, ...having.map((name) => line(name, placeOf(index, name, null, gate)))];
  }
  if (block.cellToml) yield* ["", "[cell]", block.cellToml.trimEnd()];
  yield* ["", "[worksheet]", `digits = ${data.digits}`];
  yield* [`rounding = ${quoted(data.rounding)}`, `ties = ${quoted(data.ties)}`];
  if (data.notation !== "document") yield `notation = ${quoted(data.notation)}`;
}

/** A block's cell with the numbers that it has now, as a problem file. */
export function tomlOf(model: ModelApi, block = 0): string {
  if (model.data.blocks[block].kind !== "cell")
    throw new Error("A head is no cell; a problem file has one layer of a cell.");
  return `${[...rows(model, block)].join("\n")}\n`;
}
