// The page of a worksheet: keys that go from line to line, and what is copied of a line. Its links need no script.
/// <reference types="vite/client" />
import "../looks/looks.css";
import "./page.css";
import { copied } from "./copying";

const names = [...document.querySelectorAll<HTMLAnchorElement>("a.id")];
const rowOf = (element: Element | null): HTMLElement | null => element?.closest<HTMLElement>(".row") ?? null;
const nameIn = (row: Element | null): HTMLAnchorElement | null => row?.querySelector<HTMLAnchorElement>("a.id") ?? null;

/** Go to the line that is `step` after the one that has the focus. */
function go(step: number): void {
  const at = names.findIndex((name) => name === nameIn(rowOf(document.activeElement)));
  const next = names[Math.min(Math.max(at + step, 0), names.length - 1)];
  next?.focus({ preventScroll: true });
  rowOf(next ?? null)?.scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "j") go(1);
  if (event.key === "k") go(-1);
  // The arrows scroll a line that is wider than the screen.
  const aside = event.key === "ArrowRight" ? 60 : event.key === "ArrowLeft" ? -60 : 0;
  const row = rowOf(document.activeElement);
  if (!aside || !row) return;
  row.querySelector(".sides")?.scrollBy(aside, 0);
  event.preventDefault();
});

// What is wider than the screen is scrolled by keyboard, too.
const wide = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const name = nameIn(rowOf(target))?.textContent?.trim() ?? "table";
    const scrolls = target.scrollWidth > target.clientWidth;
    const said = { tabindex: "0", role: "group", "aria-label": `${name}, wider than the screen` };
    for (const [key, value] of Object.entries(said)) {
      if (scrolls) target.setAttribute(key, value);
      else target.removeAttribute(key);
    }
  }
});
for (const box of document.querySelectorAll(".sides, .table")) wide.observe(box);

// Where a link leads, the keys go on from there.
function arrive(): void {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  nameIn(rowOf(target))?.focus({ preventScroll: true });
}
addEventListener("hashchange", arrive);

// In a formula no link takes the focus: the formula is one thing to a screen reader. It is put onto the whole symbol or
// matrix, where Firefox and Safari follow it, and Chromium by what is below; the same links stand folded beside the line.
for (const link of document.querySelectorAll<HTMLAnchorElement>("math a")) {
  const operand = link.closest(".operand, msub, msubsup") ?? link.parentElement;
  operand?.setAttribute("href", link.getAttribute("href") ?? "");
  link.removeAttribute("href");
  link.removeAttribute("tabindex");
}
document.addEventListener("click", (event) => {
  const operand = event.target instanceof Element ? event.target.closest("math [href]") : null;
  if (!operand || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  location.hash = operand.getAttribute("href") ?? "";
  arrive();
});

document.addEventListener("copy", (event) => {
  const selection = getSelection();
  if (!selection || selection.isCollapsed || !selection.rangeCount) return;
  const text = copied(selection.getRangeAt(0));
  if (text === null) return;
  event.clipboardData?.setData("text/plain", text);
  event.preventDefault();
});
