// The shapes of a misprint: a digit changed, dropped, inserted, two swapped, point or sign wrong.

const NAMES = {
  sign: "the sign is wrong",
  "point-shifted": "the point is shifted",
  "digits-swapped": "two digits are swapped",
  "digit-changed": "one digit is different",
  "digit-dropped": "a digit is missing",
  "digit-inserted": "there is a digit too many",
};
type Shape = keyof typeof NAMES;
const DIGITS = [..."0123456789"];

/** Every way to write a number wrongly by one stroke of the pen, by shape. */
function* strokes(key: string): Generator<[Shape, string[]]> {
  const [body = "", exponent] = key.replace(/^-/, "").split("e");
  const tail = exponent ? `e${exponent}` : "";
  const sign = key.startsWith("-") ? "-" : "";
  const places = [...body].map((_, k) => k);
  const isDigit = (k: number): boolean => /\d/.test(body[k] ?? "");
  const without = (k: number, put: string, count = 1): string =>
    sign + body.slice(0, k) + put + body.slice(k + count) + tail;
  yield ["sign", [(sign ? "" : "-") + body + tail]];
  yield ["point-shifted", [-2, -1, 1, 2].map((n) => `${sign}${body}e${Number(exponent ?? 0) + n}`)];
  const pairs = places.filter((k) => isDigit(k) && isDigit(k + 1));
  yield ["digits-swapped", pairs.map((k) => without(k, body[k + 1] + body[k], 2))];
  yield ["digit-changed", places.filter(isDigit).flatMap((k) => DIGITS.map((digit) => without(k, digit)))];
  yield ["digit-dropped", places.filter(isDigit).map((k) => without(k, ""))];
  yield ["digit-inserted", [...places, body.length].flatMap((k) => DIGITS.map((digit) => without(k, digit, 0)))];
}

/** Say by which stroke of the pen a key became a value; "" if by none. */
export function misprintOf(value: number, key: string): string {
  if (Number(key) === value) return "";
  const same = (text: string): boolean => text !== "" && text !== "." && Number(text) === value;
  for (const [shape, texts] of strokes(key)) if (texts.some(same)) return NAMES[shape];
  return "";
}
