// Marking by the ladder of ladder.py, on the same formulas: data is what program.py writes.
// A value is a number, a vector (array) or a matrix (array of arrays); NaN where it cannot be worked out.

const NEAR = 1.001, APART = 2.999, SAME = 1e-12, LONGEST = 80, SHORT = 100, TRIED = 3;
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
// As functions.py has them.
const functions = {
  tanh: Math.tanh, sigmoid, exp: Math.exp, abs: Math.abs,
  relu: (z) => (z <= 0 ? 0 : z), step: (z) => (z > 0 ? 1 : z <= 0 ? 0 : NaN),
  hard_sigmoid: (z) => Math.min(Math.max(z / 5 + 0.5, 0), 1), inside: (v) => (v > 0 && v < 1 ? 1 : v <= 0 || v >= 1 ? 0 : NaN),
  softsign: (z) => z / (1 + Math.abs(z)), softplus: (z) => Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z))),
  g: (z) => 4 * sigmoid(z) - 2, h: (z) => 2 * sigmoid(z) - 1,
};
// clip(3), and between(tanh, 3), which says whether a value lies below the limits of the clip inside its function.
function numbered(name) {
  const [, kind, of, number] = /^(clip|between)\((?:([a-z_]+), )?([0-9.e+-]+)\)$/.exec(name) ?? [];
  const c = Number(number), f = functions[of] ?? ((z) => z);
  if (kind === "clip") return (z) => Math.min(Math.max(z, -c), c);
  return kind && ((v) => (Number.isNaN(v) ? v : Math.max(...cut(f(-c), v)) < v && v < Math.min(...cut(f(c), v)) ? 1 : 0));
}
// A limit with as many decimals as v, rounded and cut off: 0.9640 is not below tanh(2) = 0.96403.
function cut(limit, v) {
  const unit = 10 ** Math.min(Math.max((String(v).split(".")[1] || "").length, 4), 15), scaled = limit * unit;
  return [Math.round(scaled) / unit, Math.trunc(scaled) / unit];
}
const products = { hadamard: (a, b) => pair((x, y) => x * y, a, b), times: (a, b) => pair((x, y) => x * y, a, b), dot, outer };

function evaluate(tree, read) {
  const [kind, ...rest] = tree;
  const value = (node) => evaluate(node, read);
  switch (kind) {
    case "number": return rest[0];
    case "symbol": return read(...rest);
    case "stack": return rest[0].flatMap(value);
    case "+": return rest.map(value).reduce((a, b) => pair((x, y) => x + y, a, b));
    case "-": return each((x) => -x, value(rest[0]));
    case "product": return rest[1].map(value).reduce(products[rest[0]]);
    case "/": return pair((x, y) => x / y, value(rest[0]), value(rest[1]));
    case "^": return each((x) => x ** rest[1], value(rest[0]));
    case "sum": return sum(value(rest[0]));
    case "T": { const a = value(rest[0]); return a[0].map((_, k) => a.map((row) => row[k])); }
  }
  const f = functions[kind] ?? numbered(kind);
  return f ? each(f, value(rest[0])) : NaN;
}

// A number as a student writes it: { value, decimals }, or null. As written_numbers.py reads them.
const HIGH = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", LOW = "0123456789+-", NUMBER = "[+-]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)";
const ABOUT = /^(?:ca|circa|about|approx|approximately|roughly|rounded|etwa|rund|ungefähr|gerundet|env|environ|arrondi)(?![a-z])\.?|^c\.(?=\s*[0-9])|^[~∼]+/i;
const REMARK = /\s*\([^()0-9]*\)$|\s+(?:rounded|approx|gerundet|arrondi)\.?$|\s*[✓✔]$/i;
const THOUSANDS = /(?<![0-9.,])[0-9]{1,3}(?: [0-9]{3})+(?![0-9])|[.,](?:[0-9]{3} )+[0-9]{1,3}(?![0-9])/g;
const BLANKS = /[ \t-\r\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g;
function withPoint(text) {
  if (text.includes(".") || (text.match(/,/g) || []).length > 2) return text;
  return text.replace(/(?<=[0-9]),(?=[0-9])|(?<![0-9,]),(?=[0-9])/g, ".");
}
// LaTeX, powers, full-width digits, dashes and blanks in one way.
function plainSigns(answer) {
  let text = answer.replace(/\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}/g, "($1/$2)").replace(/\\(?:text|mathrm|mathbf|mathit|boxed)\s*\{([^{}]*)\}/g, "$1");
  text = text.replace(/\\(?:approx|simeq|sim)(?![a-zA-Z])/g, "≈").replace(/\\(?:cdot|times)(?![a-zA-Z])/g, "·");
  text = text.replace(/\\(?:left|right|displaystyle|q?quad)(?![a-zA-Z])|\\[,;:! ()\[\]\\]/g, "").replace(/\{,\}/g, ",").replace(/\\%/g, "%");
  text = text.replace(/10([⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+)|10\s?\*\*(?=\s?[({]?[+−-]?[0-9])/g, (_, power = "") => "10^" + [...power].map((sign) => LOW[HIGH.indexOf(sign)]).join(""));
  text = text.replace(/\p{Cf}/gu, "").replace(/\p{No}/gu, (sign) => ("₀₁₂₃₄₅₆₇₈₉".includes(sign) ? sign : "^"));
  text = text.normalize("NFKC").replace(/[−–—\u2010\u2011]/g, "-").replace(/[⋅∙•]/g, "·").replace(/per ?cent|prozent|pour ?cent/gi, "%");
  return text.replace(BLANKS, " ").trim();
}
function counted(mantissa, exponent) {
  const value = Number(mantissa + "e" + exponent), places = (mantissa.split(".")[1] || "").length;
  if (value === 0 && Number(mantissa) !== 0) return null;
  return Number.isFinite(value) && (value === 0 || Math.abs(Math.log10(Math.abs(value))) <= 300) ? { value, decimals: Math.max(places - exponent, 0) } : null;
}
function numberOf(answer) {
  if ([...answer].length > LONGEST) return null;
  const sides = plainSigns(answer).split(/[=≈≅≃≐]/).map((side) => side.replace(/^[ \t`$*_]+|[ \t`$*_]+$/g, "")).filter(Boolean);
  if (!sides.length || sides.slice(0, -1).some((side) => /[0-9][$`*)\]]*[,;]\s+[^\s0-9]/.test(side))) return null;
  let text = sides.pop().replace(ABOUT, "").replace(/^[ `$*_]+|[ `$*_]+$/g, "").replace(REMARK, "").trim().replace(/[ .;,]+$/, "");
  while (text.length > 2 && ["[]", "()", "{}"].includes(text[0] + text.at(-1))) text = text.slice(1, -1).trim();
  text = text.replace(/^([+-]) ?\(([0-9.,]+\/[0-9.,]+)\)$/, "$1$2");
  text = text.replace(THOUSANDS, (digits) => digits.replaceAll(" ", "")).replace(/^([+-]? ?)0?·([0-9]+)$/, (_, sign, digits) => sign + "0." + digits);
  if (/[0-9.,] [0-9.,]/.test(text)) return null;
  text = withPoint(text.replaceAll(" ", ""));
  const read = (pattern) => text.match(new RegExp("^" + pattern + "$"));
  let found;
  if ((found = read(`(${NUMBER})(?:[eE]([+-]?[0-9]{1,3}))?`))) return counted(found[1], Number(found[2] || 0));
  if ((found = read(`(${NUMBER})[·×x*]10(?:\\^[({]*|(?=[+-]))([+-]?[0-9]{1,3})[)}]*`))) return counted(found[1], Number(found[2]));
  if ((found = read("([+-]?)10\\^[({]*([+-]?[0-9]{1,3})[)}]*"))) return counted(found[1] + "1", Number(found[2]));
  if ((found = read(`(${NUMBER})%`))) return counted(found[1], -2);
  if ((found = read(`(${NUMBER})/(${NUMBER})`))) {
    const value = Number(found[1]) / Number(found[2]);
    return Number.isFinite(value) ? { value, decimals: (String(value).split(".")[1] || "").length } : null;
  }
  return null;
}
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

// Which option an answer chooses, as choices.py has it.
function chosen(answer, options) {
  const plainWords = (text) => text.replace(/−/g, "-").toLowerCase().replace(/[^a-z0-9.+-]+/g, " ").replace(/^[ .]+|[ .]+$/g, "");
  const says = (text, option) => {
    const here = plainWords(text), there = plainWords(option.text);
    return here === there || (/[a-z]{3}/.test(there) && here.length >= 3 && there.includes(here));
  };
  const text = answer.replace(/^[`*()[\]. \t\n]+|[`*()[\]. \t\n]+$/g, "");
  const letter = /^([A-Za-z])(?:[\s:.)=,;]+(?:[-–—]\s+)?([^]*))?$/.exec(text);
  const named = letter && options.find((o) => o.letter === letter[1].toUpperCase() && (!letter[2] || says(letter[2], o)));
  if (named) return named;
  const said = options.filter((option) => says(text, option));
  return said.length === 1 ? said[0] : null;
}

function markSheet(data, answers) {
  const given = Object.fromEntries(Object.entries(answers).map(([id, text]) => [plain(id), String(text)]));
  let own = {};
  const off = new Set(), slips = {}, carried = new Set();
  const reader = (values) => (key, rows, entry) => {
    let value = values[key] ?? data.values[key];
    if (value === undefined) return NaN;
    if (rows) value = value.slice(rows[0], rows[1]);
    for (const place of entry || []) value = Array.isArray(value) ? value[place] : value;
    return value;
  };
  const shaped = (value, like) => (Array.isArray(like) ? value : flat(value)[0]);
  const at = (value, place) => place.reduce((inner, k) => inner?.[k], value) ?? NaN;
  const near = (value, others, unit) => others.some((other) => Math.abs(value - other) <= NEAR * unit);

  const stepOf = ({ decimals }) => 10 ** -decimals;
  const isRounded = (number, right) => number.value !== 0 && right.some((r) => Math.abs(number.value - r) <= 0.5001 * stepOf(number));
  const farTooShort = (number, right, unit) => stepOf(number) > SHORT * unit * NEAR && isRounded(number, right);
  function plainVerdict(number, right, item) {
    const { value } = number, step = stepOf(number);
    if (near(value, right, item.unit)) return ["right", ""];
    if (item.unit * NEAR < step && step <= SHORT * item.unit * NEAR && isRounded(number, right))
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
  const put = (inner, [k, ...rest], value) => (k === undefined ? value : inner.map((x, j) => (j === k ? put(x, rest, value) : x)));
  function enter(id, numbers) {
    const line = data.lines[id];
    for (const [place, value] of numbers) own[line.left] = put(own[line.left] ?? data.values[line.left], place, value);
  }
  function subsets(ids, count) {
    if (!count) return [[]];
    return ids.flatMap((id, k) => subsets(ids.slice(k + 1), count - 1).map((rest) => [id, ...rest]));
  }
  // Whether the line goes on with slips of lines before it as they are written; they are the student's then.
  function carriesSlips(line, place, value, unit) {
    const used = line.uses.filter((id) => id in slips).slice(-TRIED), before = own;
    for (let count = used.length; count > 0; count--)
      for (const ids of subsets(used, count)) {
        own = { ...before };
        ids.forEach((id) => enter(id, slips[id]));
        const worked = at(shaped(evaluate(line.tree, reader(own)), line.value), place);
        if (!near(value, [worked], unit) || trivial(worked, at(line.value, place))) continue;
        ids.forEach((id) => { off.add(id); carried.add(id); delete slips[id]; });
        return true;
      }
    own = before;
    return false;
  }
  function judged(item, number) {
    const line = data.lines[item.line], value = number.value;
    const right = [Number(item.key), at(line.full, item.place)];
    if (near(value, right, item.unit)) return ["right", "", ""];
    const worked = at(shaped(evaluate(line.tree, reader(own)), line.value), item.place);
    if (near(value, [worked], item.unit) && !trivial(worked, Number(item.key))) {
      const another = line.uses.some((used) => off.has(used));
      return another ? ["follows", `This follows from your numbers; it should be ${item.key}.`, ""] : ["right", "", ""];
    }
    if (carriesSlips(line, item.place, value, item.unit)) return ["follows", `This follows from your numbers; it should be ${item.key}.`, ""];
    if (farTooShort(number, right, item.unit)) return ["wrong", `Right as far as it goes, with far too few digits: ${item.key}.`, ""];
    const named = mistaken(line, item.place, value, item.unit);
    if (named) return ["mistake", data.mistakes[named].slice(0, 2).join(" "), named];
    return [...plainVerdict(number, right, item), ""];
  }
  function keep(item, value, verdict) {
    if (item.id !== item.entry) return;
    if (verdict === "misprint" || verdict === "coarse") return void (slips[item.line] ??= []).push([item.place, value]);
    enter(item.line, [[item.place, value]]);
    if (verdict !== "right") off.add(item.line);
  }
  function markItem(item) {
    const answer = (given[plain(item.id)] ?? "").trim();
    if (/^[_?.…\s]*$/.test(answer)) return ["", "missing", "", ""];
    if (item.form === "choice") {
      const option = chosen(answer, item.options);
      if (!option) return [answer, "unreadable", `The answers to choose from are ${item.options.map((o) => o.letter).join(", ")}.`, ""];
      return option.letter === item.key ? [option.letter, "right", "", ""] : [option.letter, "mistake", option.hint, option.mistake];
    }
    if (item.form === "line") {
      const ids = Object.keys(data.lines), id = ids.find((known) => plain(known) === plain(answer));
      if (!id) return [answer, "unreadable", "No line has this id; ids look like B2@t=0.", ""];
      if (id === item.key) return [answer, "right", "", ""];
      const later = ids.indexOf(id) > ids.indexOf(item.key);
      return [answer, "wrong", later ? "This line is worked out rightly from what stands before it; the mistake is earlier." : "This line is right; the mistake is later.", ""];
    }
    const number = numberOf(answer);
    if (number === null) return [answer, "unreadable", "This is not a number.", ""];
    if (!item.line) return [answer, ...plainVerdict(number, [Number(item.key)], item), ""];
    const [verdict, note, mistake] = judged(item, number);
    keep(item, number.value, verdict);
    return [answer, verdict, note, mistake];
  }

  const marked = data.items.map((item) => {
    const [answer, verdict, note, mistake] = markItem(item);
    return { item, id: item.id, answer, verdict, points: POINTS[verdict] || 0, note, mistake };
  });
  for (const one of marked) {
    if (one.verdict === "misprint" && carried.has(one.item.line))
      Object.assign(one, { verdict: "wrong", points: 0, note: `It should be ${one.item.key}; what follows goes on with this number.` });
    delete one.item;
  }
  const hints = new Map();
  for (const { id, note, mistake } of marked.filter((answer) => answer.mistake)) {
    const [name, why, group] = data.mistakes[mistake] ?? ["Rounding.", note, mistake];
    if (!hints.has(group)) hints.set(group, { name, why, items: [] });
    hints.get(group).items.push(id);
  }
  return { marked, hints: [...hints.values()], points: marked.reduce((total, one) => total + one.points, 0), outOf: marked.length };
}
