// Keys alone: how somebody without a mouse comes to a control and works it. Nothing here clicks or calls focus().

/** Runs in the page: how many presses of Tab lead to an element, from where the focus is; null where none does. */
function distance(target) {
  const focusable = "a[href], button, input, select, textarea, summary, [tabindex], [contenteditable]";
  const scope = document.querySelector("dialog[open]") ?? document;
  // What is folded away has boxes, too: checkVisibility knows of it.
  const seen = (one) => one.checkVisibility({ visibilityProperty: true }) && one.getClientRects().length > 0;
  const radios = (one) => one.type === "radio" && !one.checked && one !== target &&
    [...document.getElementsByName(one.name)].some((other) => other.checked);
  const all = [...scope.querySelectorAll(focusable)].filter((one) =>
    !one.disabled && one.tabIndex >= 0 && seen(one) && !radios(one) && !one.closest("[inert]"));
  const to = all.indexOf(target);
  if (to < 0) return null;
  const active = document.activeElement;
  let from = all.indexOf(active);
  if (from < 0 && active && active !== document.body) {
    // The focus is on something that Tab alone does not reach, such as a heading.
    const after = all.findIndex((one) => active.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING);
    return after < 0 ? null : to >= after ? to - after + 1 : to - after;
  }
  return to - from;
}

const isActive = (element) => element === document.activeElement;

/** Come to a control by Tab; an error where Tab does not lead there. */
export async function reach(page, locator) {
  const element = await locator.elementHandle();
  if (await element.evaluate(isActive)) return;
  // After a link within the page nothing has the focus, and Tab goes on from where the link led: see where that is.
  if (await page.evaluate(() => document.activeElement === document.body && location.hash !== "")) await page.keyboard.press("Tab");
  const presses = await element.evaluate(distance);
  const name = () => element.evaluate((one) => one.getAttribute("aria-label") ?? one.textContent?.trim().slice(0, 60));
  if (presses === null) throw new Error(`Tab does not lead to “${await name()}”`);
  const key = presses < 0 ? "Shift+Tab" : "Tab";
  for (let k = 0; k < Math.abs(presses); k += 1) await page.keyboard.press(key);
  // A scrolling box takes a press of its own; the way there may be a little longer than counted.
  for (let k = 0; k < 60 && !(await element.evaluate(isActive)); k += 1) {
    const left = await element.evaluate(distance);
    if (left === 0 || left === null) break;
    await page.keyboard.press(left < 0 ? "Shift+Tab" : "Tab");
  }
  if (!(await element.evaluate(isActive))) {
    const at = await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 160));
    throw new Error(`Tab does not come to “${await name()}”; the focus is on ${at}`);
  }
}

/** Choose an option of a select: the first letter keys differ between systems, so Home and arrows. */
export async function choose(page, select, value) {
  await reach(page, select);
  const [from, to] = await select.evaluate(
    (one, wanted) => [one.selectedIndex, [...one.options].findIndex((option) => option.value === wanted)], String(value));
  if (to < 0) throw new Error(`there is no option ${value}`);
  for (let k = 0; k < Math.abs(to - from); k += 1) await page.keyboard.press(to > from ? "ArrowDown" : "ArrowUp");
}

/** Turn to a tab of a row of tabs: to the chosen one by Tab, then by arrows. */
export async function tab(page, wanted) {
  const list = wanted.locator("xpath=ancestor::*[@role='tablist'][1]");
  await reach(page, list.locator("[role=tab][aria-selected=true]"));
  const many = await list.locator("[role=tab]").count();
  for (let k = 0; k <= many && (await wanted.getAttribute("aria-selected")) !== "true"; k += 1) {
    await page.keyboard.press("ArrowRight");
  }
  if ((await wanted.getAttribute("aria-selected")) !== "true") throw new Error("arrows do not lead to the tab");
}
