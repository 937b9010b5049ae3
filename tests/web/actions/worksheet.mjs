// A worksheet's page: from an operand to its line, from a line to those that take it, from line to line by keys.
const row = (it, id) => it.page.locator(`[id="${id}"]`);
const place = (it) => it.page.evaluate(() => decodeURIComponent(location.hash));
const focused = (it) => it.page.evaluate(() => document.activeElement?.textContent?.trim());

/** The page is at a line, which has the focus and looks chosen. */
async function isAt(it, id) {
  await it.until("the address", () => place(it), `#${id}`);
  await it.until("what has the focus", () => focused(it), id.replace("formula-", ""));
  const [chosen, other] = await it.page.evaluate((one) => {
    const rows = [document.getElementById(one), document.querySelector(".row:not(:target, :hover, :has(:target))")];
    return rows.map((each) => getComputedStyle(each).backgroundColor);
  }, id);
  it.true(`${id} stands out`, chosen !== other);
}

/** Follow an operand: by mouse in the formula, by keys in the list that is folded below the line's name. */
async function follow(it, from, [element, hasText], to) {
  if (it.byKeys) {
    const takes = row(it, from).locator("details", { hasText: "takes" });
    await it.press(takes.locator("summary"));
    await it.press(takes.getByRole("link", { name: to.replace("formula-", ""), exact: true }));
  } else {
    await row(it, from).locator(".sides").locator(element, { hasText }).last().click({ force: true }); // on what lies over it
  }
  await isAt(it, to);
}

export default {
  "a sheet opens, of one unit and of two": async (it) => {
    for (const name of ["worked", "matrices"]) {
      await it.open(name);
      it.equal("headings of the first level", await it.page.locator("h1").count(), 1);
      if (name === "worked" || !it.byKeys) await it.sound(name); // thousands of parts: axe takes seconds for each
      await it.picture(`worksheet-${name}`);
    }
  },

  "operands lead to their lines": async (it) => {
    await it.open("worked", "#B2@t=0");
    await follow(it, "B2@t=0", ["mn", "0.81757"], "F4@t=0");
    await follow(it, "F4@t=0", ["msub", "W"], "W");
    if (!it.byKeys) { // general formulas do not list what they take
      await it.open("worked", "#formula-F6");
      await follow(it, "formula-F6", ["mi", "state"], "formula-F5");
    }
    await it.open("matrices", "#F5@t=1");
    await follow(it, "F5@t=1", [".operand mn"], "F3@t=1"); // the last entry of a vector
  },

  "a line says what takes it, unfolded where there are few": async (it) => {
    await it.open("worked", "#B2@t=0");
    await it.press(row(it, "B2@t=0").locator("p").getByRole("link", { name: "B5@t=0" }));
    await isAt(it, "B5@t=0");
    const users = row(it, "B5@t=0").locator("details", { hasText: "used by 5" });
    await it.press(users.locator("summary"));
    await it.press(users.getByRole("link", { name: "G2" }));
    await isAt(it, "G2");
  },

  "j and k go on from where a link led": async (it) => {
    await it.open("worked", "#B2@t=0");
    await it.press(row(it, "B2@t=0").locator("p").getByRole("link", { name: "B3@t=0" }));
    for (const [key, id] of [["j", "B4@t=0"], ["j", "B5@t=0"], ["k", "B4@t=0"]]) {
      await it.key(key);
      it.equal(`after ${key}`, await focused(it), id);
    }
  },
};
