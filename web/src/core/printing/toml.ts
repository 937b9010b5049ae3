// A model as a problem file, which `gatewise work` and `gatewise explore` read back to the same numbers.
import type { ModelApi } from "../api";
import type { Block } from "../data";
import { placeOf } from "../keys";

const WIDEST = 100; // characters of an array that stands on one line

const quoted = (text: string): string => JSON.stringify(text).replace(/\x7f/g, "\\u007F");

function number(value: number): string {
  if (Number.isNaN(value)) return quoted("missing");
  return Object.is(value, -0) ? "-0.0" : String(value);
}

type Nested = string | Nested[];

function written(values: Nested): string {
  if (typeof values === "string") return values;
  const rows = values.map(written);
  const line = `[${rows.join(", ")}]`;
  if (line.length <= WIDEST || typeof values[0] === "string") return line;
  return `[\n${rows.map((row) => `  ${row},\n`).join("")}]`;
}

function shaped(values: ArrayLike<number>, shape: number[]): Nested {
  const [size, ...rest] = shape;
  if (size === undefined) return number(values[0]);
  const step = rest.reduce((a, b) => a * b, 1);
  const all = Array.from(values);
  return Array.from({ length: size }, (_, k) => shaped(all.slice(k * step, (k + 1) * step), rest));
}

/** The series of a stepped quantity, a row for each step; null where the block has none. */
function series(model: ModelApi, block: number, name: string): Nested[] | null {
  const { steps } = model.data.blocks[block];
  const places = Array.from({ length: steps }, (_, t) => placeOf(block, name, t));
  if (!places.every((place) => model.exists(place))) return null;
  return places.map((place) => shaped(model.values(place), model.shape(place)));
}

function* gateTables(model: ModelApi, index: number, block: Block, parameters: string[]): Generator<string> {
  for (const gate of block.gates) {
    const having = parameters.filter((name) => block.quantities[name].parts.includes(gate));
    yield* ["", `[gates.${gate}]`];
    for (const name of having) {
      const place = placeOf(index, name, null, gate);
      yield `${name} = ${written(shaped(model.values(place), model.shape(place)))}`;
    }
  }
}

function* rows(model: ModelApi, index: number): Generator<string> {
  const { data } = model;
  const block = data.blocks[index];
  if (data.blocks.length > 1) yield `# ${block.name} alone; a problem file has one layer.`;
  yield `title = ${quoted(data.title)}`;
  if (!block.cellToml && block.cell !== "lstm") yield `cell = ${quoted(block.cell)}`;
  const rate = placeOf(index, "learning_rate");
  yield `learning_rate = ${number(model.exists(rate) ? model.value(rate) : data.learningRate)}`;
  for (const name of ["x", "label"]) {
    const values = series(model, index, name);
    if (values) yield `${name} = ${written(values)}`;
  }
  for (const name of block.carried) {
    const place = placeOf(index, name, -1);
    const values = model.values(place);
    if (values.some((value) => value !== 0)) yield `${name}0 = ${written(shaped(values, model.shape(place)))}`;
  }
  const parameters = Object.keys(block.given).filter((key) => !key.includes("@") && key !== "learning_rate");
  for (const name of parameters.filter((one) => !block.quantities[one].parts.length)) {
    const place = placeOf(index, name);
    yield `${name} = ${written(shaped(model.values(place), model.shape(place)))}`;
  }
  yield* gateTables(model, index, block, parameters);
  if (block.cellToml) yield* ["", "[cell]", block.cellToml.trimEnd()];
  yield* [
    "",
    "[worksheet]",
    `digits = ${data.digits}`,
    `rounding = ${quoted(data.rounding)}`,
    `ties = ${quoted(data.ties)}`,
  ];
  if (data.notation !== "document") yield `notation = ${quoted(data.notation)}`;
}

/** A block's cell with the numbers that it has now, as a problem file. */
export function tomlOf(model: ModelApi, block = 0): string {
  if (model.data.blocks[block].kind !== "cell")
    throw new Error("A head is no cell; a problem file has one layer of a cell.");
  return `${[...rows(model, block)].join("\n")}\n`;
}
