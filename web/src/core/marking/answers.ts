// A learner's answers as the file that `gatewise mark` takes, and the key to mark them by.
// src/gatewise/teach/exercises/key.py reads the key; formats of both are those of exercise sheets.
import { listOf } from "../lists";
import type { LearnerApi, ModelApi, Place } from "../api";
import { type Nested, nested } from "../evaluate";
import { placeOf } from "../keys";
import { lettersOf } from "../printing/names";
import type { ModelSheet } from "./model-sheet";

/** What the sheet of a page is called where Python gave it no name. */
const nameOf = (model: ModelApi): string => model.data.sheet || "page";

/** Answers as the JSON that exercises' pages save, too. */
export function answersOf(learner: LearnerApi): string {
  const file = { gatewise: "answers", sheet: nameOf(learner.model), name: "", answers: learner.answers() };
  return `${JSON.stringify(file, null, 1)}\n`;
}

/** What a key can hold, as exercises/drawing.py has it. */
const LIMITS = { steps: [2, 6], inputs: [1, 4], units: [1, 3], digits: [4, 8] } as const;

function refuseUnfit(sheet: ModelSheet, sizes: Record<keyof typeof LIMITS, number>): void {
  const { data } = sheet.hand;
  const [block] = data.blocks;
  if (data.blocks.length > 1 || block.kind !== "cell")
    throw new Error("A key holds a single cell; this model has layers.");
  if (sheet.order.every((place) => place.name !== "loss")) throw new Error("A key needs labels; this model has none.");
  if (sheet.hand.held().length || sheet.hand.cuts().length)
    throw new Error("A key holds the equations as they are: let go what is held, and mend what is cut.");
  for (const [name, [least, most]] of Object.entries(LIMITS)) {
    const size = sizes[name as keyof typeof LIMITS];
    if (size < least || size > most) throw new Error(`A key has ${least} to ${most} ${name}; here there are ${size}.`);
  }
  const zero = block.carried.every((name) => sheet.hand.before(placeOf(0, name, -1)).every((value) => value === 0));
  if (!zero) throw new Error("A key begins with nothing carried in; this model has an initial state.");
}

/** What an entry is called, as exercises' solution.py has it: d_W[a,0], state@t=1. */
function asks(model: ModelApi, place: Place): string {
  const block = model.data.blocks[place.block];
  const inside = [place.part, lettersOf(block, place)].filter(Boolean).join(",");
  const name = place.name + (place.isNew ? "_new" : "") + (inside ? `[${inside}]` : "");
  return name + (place.t === null ? "" : `@t=${place.t}`);
}

/** The key of a model as it is worked by hand, as JSON. */
export function keyOf(sheet: ModelSheet): string {
  const model = sheet.hand;
  const { data } = model;
  const [block] = data.blocks;
  const sizes = { steps: block.steps, inputs: block.sizes.D, units: block.sizes.H, digits: sheet.digits };
  refuseUnfit(sheet, sizes);
  const series = (name: string): Nested[] =>
    listOf(block.steps, (_, t) => valueAt(model, placeOf(0, name, t)));
  const label = series("label");
  if (label.some((row) => !Array.isArray(row) || row.some((one) => !Number.isFinite(one))))
    throw new Error("A key needs a label at every step; here one is missing.");
  const parameters = Object.keys(block.given).filter((key) => !key.includes("@") && key !== "learning_rate");
  const items = sheet.order.flatMap((line) =>
    sheet.entries(line).map((place) => {
      const { id, key, line: of, place: at } = sheet.item(place);
      return { id, asks: asks(model, place), key, line: of, place: at, form: "number" };
    }),
  );
  const key = {
    gatewise: "key",
    schema: 1,
    name: nameOf(model),
    kind: "full",
    title: data.title,
    seed: 0,
    variant: 1,
    sizes,
    "wrong line": "",
    mistake: "",
    model: {
      ...(block.cell === "lstm" ? {} : { cell: block.cellToml ?? block.cell }),
      ...Object.fromEntries(parameters.map((name) => [name, valueAt(model, placeOf(0, name))])),
      x: series("x"),
      label,
      learning_rate: valueAt(model, placeOf(0, "learning_rate")),
    },
    items,
  };
  return `${JSON.stringify(key, null, 1)}\n`;
}

const valueAt = (model: ModelApi, place: Place): Nested => nested(model.before(place), model.shape(place));
