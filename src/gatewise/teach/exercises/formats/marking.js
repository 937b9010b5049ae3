// Marking by the ladder of marking.py, on the same formulas: data is what program.py writes.
// A value is a number, a vector (array) or a matrix (array of arrays); NaN where it cannot be worked out.

const NEAR = 1.001, APART = 2.999, SAME = 1e-12, LONGEST = 40;
const POINTS = { right: 1, follows: 1, misprint: 0.5, coarse: 0.5 };

const each = (f, a) => (Array.isArray(a) ? a.map((x) => each(f, x)) : f(a));
const pair = (f, a, b) =>
  Array.isArray(a) && Array.isArray(b)
    ? a.length === b.length ? a.map((x, k) => pair(f, x, b[k])) : b.length === 1 ? pair(f, a, b[0]) : a.length === 1 ? pair(f, a[0], b) : NaN
    : Array.isArray(a) ? a.map((x) => pair(f, x, b))
    : Array.isArray(b) ? b.map((y) => pair(f, a, y))
    : f(a, b);
const flat = (a) => (Array.isArray(a) ? a.flatMap(flat) : [a]);
const sum = (a) => flat(a).reduce((x, y) => x + y, 0);
const dot = (a, b) =>
  !Array.isArray(a) || !Array.isArray(b) ? pair((x, y) => x * y, a, b)
  : Array.isArray(a[0]) ? a.map((row) => dot(row, b))
  : a.length === b.length ? sum(a.map((x, k) => x * b[k])) : NaN;
const outer = (a, b) => flat(a).map((x) => flat(b).map((y) => x * y));
const sigmoid = (z) => (z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z)));
const products = { hadamard: (a, b) => pair((x, y) => x * y, a, b), times: (a, b) => pair((x, y) => x * y, a, b), dot, outer };

function evaluate(tree, read) {
  const [kind, ...rest] = tree;
  const value = (node) => evaluate(node, read);
  switch (kind) {
    case "number": return rest[0];
    case "symbol": return read(...rest);
    case "+": return rest.map(value).reduce((a, b) => pair((x, y) => x + y, a, b));
    case "-": return each((x) => -x, value(rest[0]));
    case "product": return rest[1].map(value).reduce(products[rest[0]]);
    case "/": return pair((x, y) => x / y, value(rest[0]), value(rest[1]));
    case "^": return each((x) => x ** rest[1], value(rest[0]));
    case "tanh": return each(Math.tanh, value(rest[0]));
    case "sigmoid": return each(sigmoid, value(rest[0]));
    case "sum": return sum(value(rest[0]));
    case "T": { const a = value(rest[0]); return a[0].map((_, k) => a.map((row) => row[k])); }
  }
  return NaN;
}

// A number as a student writes it, or null.
function numberOf(answer) {
  let text = answer.trim().replace(/^[`$*]+|[`$*]+$/g, "").replace(/\\,/g, "");
  text = text.replace(/[−–\u2010\u2011]/g, "-").replace(/·/g, ".").replace(/\s+/g, "");
  if ((text.match(/,/g) || []).length === 1 && !text.includes(".")) text = text.replace(",", ".");
  if (text.length > LONGEST || !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i.test(text)) return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}
const decimals = (text) => (text.trim().replace(",", ".").toLowerCase().split("e")[0].split(".")[1] || "").replace(/\D/g, "").length;
const plain = (text) => text.replace(/\s+/g, "").replace(/^[`*]+|[`*]+$/g, "").toLowerCase();

// Every way to write a number wrongly by one stroke of the pen, by shape.
const SHAPES = {
  "sign": "the sign is wrong", "point-shifted": "the point is shifted", "digits-swapped": "two digits are swapped",
  "digit-changed": "one digit is different", "digit-dropped": "a digit is missing", "digit-inserted": "there is a digit too many",
};
function shapeOf(value, key) {
  const [body, exponent] = key.replace(/^-/, "").split("e");
  const tail = exponent ? "e" + exponent : "", sign = key.startsWith("-") ? "-" : "";
  const same = (text) => text !== "" && text !== "." && Number(text) === value;
  const digits = [..."0123456789"], places = [...body].map((_, k) => k), isDigit = (k) => /\d/.test(body[k] || "");
  const strokes = {
    "sign": [(sign ? "" : "-") + body + tail],
    "point-shifted": [-2, -1, 1, 2].map((n) => sign + body + "e" + (Number(exponent || 0) + n)),
    "digits-swapped": places.filter((k) => isDigit(k) && isDigit(k + 1)).map((k) => sign + body.slice(0, k) + body[k + 1] + body[k] + body.slice(k + 2) + tail),
    "digit-changed": places.filter(isDigit).flatMap((k) => digits.map((d) => sign + body.slice(0, k) + d + body.slice(k + 1) + tail)),
    "digit-dropped": places.filter(isDigit).map((k) => sign + body.slice(0, k) + body.slice(k + 1) + tail),
    "digit-inserted": [...places, body.length].flatMap((k) => digits.map((d) => sign + body.slice(0, k) + d + body.slice(k) + tail)),
  };
  return Number(key) === value ? "" : Object.keys(SHAPES).find((shape) => strokes[shape].some(same)) || "";
}

function markSheet(data, answers) {
  const given = Object.fromEntries(Object.entries(answers).map(([id, text]) => [plain(id), String(text)]));
  const own = {}, off = new Set();
  const gatesFirst = (key) => (key.startsWith("d_gates") ? data.gates.map((gate) => "d_" + gate + key.slice(7)) : null);
  const reader = (values) => (key, rows, entry) => {
    const parts = gatesFirst(key);
    let value = parts ? parts.flatMap((part) => reader(values)(part, null, null)) : values[key] ?? data.values[key];
    if (value === undefined) return NaN;
    if (rows) value = value.slice(rows[0], rows[1]);
    for (const place of entry || []) value = Array.isArray(value) ? value[place] : value;
    return value;
  };
  const shaped = (value, like) => (Array.isArray(like) ? value : flat(value)[0]);
  const at = (value, place) => place.reduce((inner, k) => inner?.[k], value) ?? NaN;
  const near = (value, others, unit) => others.some((other) => Math.abs(value - other) <= NEAR * unit);

  function plainVerdict(value, answer, right, item) {
    if (near(value, right, item.unit)) return ["right", ""];
    const count = decimals(answer), step = 10 ** -count;
    if (count && step > item.unit * 1.0001 && right.some((r) => Math.abs(value - r) <= 0.5001 * step))
      return ["coarse", `Right, but with too few digits: ${item.key}.`];
    const shape = shapeOf(value, item.key);
    if (shape) return ["misprint", `This looks like ${item.key}, written down wrongly: ${SHAPES[shape]}.`];
    return ["wrong", `It should be ${item.key}.`];
  }
  const trivial = (value, key) => [0, 1].includes(Math.abs(value)) && ![0, 1].includes(Math.abs(key));
  function mistaken(line, place, value, unit) {
    if (trivial(value, at(line.value, place)) && line.uses.some((used) => off.has(used))) return "";
    for (const values of [own, {}]) {
      const right = shaped(evaluate(line.tree, reader(values)), line.value);
      for (const [id, tree] of line.mistakes) {
        const wrong = shaped(evaluate(tree, reader(values)), line.value);
        const effect = Math.max(...flat(pair((x, y) => Math.abs(x - y), wrong, right)));
        if (!(effect > SAME)) continue;
        if (near(value, [at(wrong, place)], unit) && Math.abs(at(wrong, place) - at(line.value, place)) > APART * unit) return id;
      }
    }
    return "";
  }
  function judged(item, answer, value) {
    const line = data.lines[item.line];
    const right = [Number(item.key), at(line.full, item.place)];
    if (near(value, right, item.unit)) return ["right", "", ""];
    const worked = at(shaped(evaluate(line.tree, reader(own)), line.value), item.place);
    if (near(value, [worked], item.unit) && !trivial(worked, Number(item.key))) {
      const another = line.uses.some((used) => off.has(used));
      return another ? ["follows", `This follows from your numbers; it should be ${item.key}.`, ""] : ["right", "", ""];
    }
    const named = mistaken(line, item.place, value, item.unit);
    if (named) return ["mistake", data.mistakes[named].slice(0, 2).join(" "), named];
    return [...plainVerdict(value, answer, right, item), ""];
  }
  function keep(item, value, verdict) {
    const line = data.lines[item.line];
    if (item.id !== item.entry || verdict === "misprint" || verdict === "coarse") return;
    const put = (inner, [k, ...rest]) => (k === undefined ? value : inner.map((x, j) => (j === k ? put(x, rest) : x)));
    own[line.left] = put(own[line.left] ?? data.values[line.left], item.place);
    if (verdict !== "right") off.add(item.line);
  }
  function markItem(item) {
    const answer = (given[plain(item.id)] ?? "").trim();
    if (/^[_?.…\s]*$/.test(answer)) return ["", "missing", "", ""];
    if (item.form === "choice") {
      const letter = answer.replace(/^[`*()[\]. ]+|[`*()[\]. ]+$/g, "").toUpperCase();
      const option = item.options.find((o) => o.letter === letter);
      if (!option) return [answer, "unreadable", `The answers to choose from are ${item.options.map((o) => o.letter).join(", ")}.`, ""];
      return letter === item.key ? [letter, "right", "", ""] : [letter, "mistake", option.hint, option.mistake];
    }
    if (item.form === "line") {
      const ids = Object.keys(data.lines), id = ids.find((known) => plain(known) === plain(answer));
      if (!id) return [answer, "unreadable", "No line has this id; ids look like B2@t=0.", ""];
      if (id === item.key) return [answer, "right", "", ""];
      const later = ids.indexOf(id) > ids.indexOf(item.key);
      return [answer, "wrong", later ? "This line is worked out rightly from what stands before it; the mistake is earlier." : "This line is right; the mistake is later.", ""];
    }
    const value = numberOf(answer);
    if (value === null) return [answer, "unreadable", "This is not a number.", ""];
    if (!item.line) return [answer, ...plainVerdict(value, answer, [Number(item.key)], item), ""];
    const [verdict, note, mistake] = judged(item, answer, value);
    keep(item, value, verdict);
    return [answer, verdict, note, mistake];
  }

  const marked = data.items.map((item) => {
    const [answer, verdict, note, mistake] = markItem(item);
    return { id: item.id, answer, verdict, points: POINTS[verdict] || 0, note, mistake };
  });
  const hints = new Map();
  for (const { id, note, mistake } of marked.filter((answer) => answer.mistake)) {
    const [name, why, group] = data.mistakes[mistake] ?? ["Rounding.", note, mistake];
    if (!hints.has(group)) hints.set(group, { name, why, items: [] });
    hints.get(group).items.push(id);
  }
  return { marked, hints: [...hints.values()], points: marked.reduce((total, one) => total + one.points, 0), outOf: marked.length };
}
