"""What the numbers of a page are worth: its data worked through in Python, as web/src/core does in the browser.

Written apart from gatewise.expression, so that a tree that is written wrongly is seen.
"""

import base64
import json

import numpy as np

from gatewise.expression.functions import FUNCTIONS

OVER_ALL = {
    "sum": np.sum,
    "max": np.max,
    "softmax": lambda z: np.exp(z - z.max()) / np.exp(z - z.max()).sum(),
}


def unpacked(values):
    if isinstance(values, dict):
        return np.frombuffer(base64.b64decode(values["f64"]), "<f8").reshape(values["shape"]).copy()
    return np.array(values, dtype=np.float64)  # None becomes NaN


class Worked:
    """All values of a page by block and key, worked out when they are asked for."""

    def __init__(self, data):
        self.data = data = json.loads(json.dumps(data))
        self.blocks = [Block(self, number, block) for number, block in enumerate(data["blocks"])]

    def __getitem__(self, place):
        number, key = place
        return self.blocks[number].value(key)

    @property
    def loss(self):
        return float(self.blocks[-1].value("loss"))


class Block:
    def __init__(self, page, number, block):
        self.page, self.number, self.block = page, number, block
        self.known = {key: unpacked(values) for key, values in block["given"].items()}
        self.upper = next(
            (each for each in page.data["blocks"] if each.get("below", {}).get("block") == number), None
        )

    def value(self, key):
        if key not in self.known:
            self.known[key] = self.worked(key)
        return self.known[key]

    def worked(self, key):
        name, _, t = key.partition("@")
        t = int(t) if t else None
        below, T = self.block.get("below"), self.block["steps"]
        if name == "x" and below:
            lower = self.page.data["blocks"][below["block"]]
            at = (
                lower["steps"] - 1
                if below["steps"] == "last"
                else lower["steps"] - 1 - t
                if below.get("reversed")
                else t
            )
            return self.page[below["block"], f"{lower['carried'][0]}@{at}"]
        if link := self.block.get("beside", {}).get(name):
            last = self.page.data["blocks"][link["block"]]["steps"]
            rows = range(last - link["rows"], last)
            return np.concatenate([self.page[link["block"], f"x@{at}"] for at in rows])
        if name == "delta" and self.upper:
            above = self.upper["below"]
            if above["steps"] == "last":
                number = self.page.data["blocks"].index(self.upper)
                return (
                    self.page[number, "d_x@0"]
                    if t == T - 1
                    else np.zeros_like(self.value(f"{self.block['carried'][0]}@{t}"))
                )
            number = self.page.data["blocks"].index(self.upper)
            return self.page[number, f"d_x@{T - 1 - t if above.get('reversed') else t}"]
        for equation in self.block["equations"]:
            _, own, part, step, _, new = equation["left"]
            left = own + (f".{part}" if part else "") + ("_new" if new else "")
            if left == name and (step is None) == (t is None):
                at = None if t is None else t - step[1]
                shape = self.block["quantities"][own]["shape"]
                found = np.asarray(self.tree(self.formula(equation, at), at))
                return found if part else found.reshape(shape)
        raise KeyError(key)

    def formula(self, equation, t):
        return equation.get("ends", {}).get(str(t), equation["right"])  # keys of JSON are texts

    def tree(self, node, t):
        match node:
            case ["number", text]:
                return float(text)
            case ["symbol", name, part, step, entry, new]:
                return self.symbol(name, part, None if step is None else self.at(step, t), entry, new)
            case ["+", terms]:
                return sum((self.tree(term, t) for term in terms[1:]), self.tree(terms[0], t))
            case ["-", argument]:
                return -self.tree(argument, t)
            case ["product", operation, factors]:
                result = self.tree(factors[0], t)
                for factor in factors[1:]:
                    other = self.tree(factor, t)
                    if operation == "outer":
                        result = np.outer(result, other)
                    else:
                        result = (
                            result @ other
                            if operation == "dot" and np.ndim(result) and np.ndim(other)
                            else result * other
                        )
                return result
            case ["/", top, bottom]:
                return self.tree(top, t) / self.tree(bottom, t)
            case ["^", base, exponent]:
                return self.tree(base, t) ** exponent
            case ["call", name, argument]:
                return (OVER_ALL.get(name) or FUNCTIONS[name].worth)(self.tree(argument, t))
            case ["T", argument]:
                return np.transpose(self.tree(argument, t))
            case ["sum", low, high, body]:
                steps = range(self.at(low, t), self.at(high, t) + 1)
                return sum((self.tree(body, k) for k in steps[1:]), self.tree(body, steps[0]))
        raise TypeError(node)

    def at(self, step, t):
        return step if isinstance(step, int) else (t if step[0] == "t" else self.block["steps"]) + step[1]

    def symbol(self, name, part, t, entry, new):
        ends = f"@{t}" if t is not None else ""
        suffix = "_new" if new else ""
        if name in self.block["joined"]:
            values = np.concatenate([self.value(each + ends) for each in self.block["joined"][name]])
        elif name in self.block["byPart"]:
            parts = [part] if part else self.block["byPart"][name]
            return np.concatenate([self.value(f"{name}.{each}{suffix}{ends}") for each in parts])
        else:
            values = self.value(name + suffix + ends)
        if name == "label":
            out = self.block["carried"][0] if self.block["carried"] else "y"
            values = np.where(np.isnan(values), self.value(out + ends), values)
        parts = self.block["quantities"][name]["parts"]
        if part:
            rows = len(values) // len(parts)
            values = values[parts.index(part) * rows :][:rows]
        return values if entry is None else values[tuple(slice(None) if k is None else k for k in entry)]
