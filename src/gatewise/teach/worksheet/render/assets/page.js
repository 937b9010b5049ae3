// j and k go from line to line, and the arrows scroll a line that is wider than the screen.
const ids = [...document.querySelectorAll("a.id")];
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const at = ids.indexOf(document.activeElement);
  const step = { j: 1, k: -1 }[event.key];
  if (step) {
    const next = ids[Math.min(Math.max(at + step, 0), ids.length - 1)];
    next.focus({ preventScroll: true });
    next.closest(".row").scrollIntoView({ block: "nearest" });
  }
  const aside = { ArrowRight: 60, ArrowLeft: -60 }[event.key];
  if (aside && at >= 0) {
    ids[at].closest(".row").querySelector(".sides").scrollBy(aside, 0);
    event.preventDefault();
  }
});

// A number or name in a formula leads to its line; not every browser follows href in MathML.
document.addEventListener("click", (event) => {
  const operand = event.target.closest("math [href]");
  const row = operand && document.getElementById(operand.getAttribute("href").slice(1));
  if (!row) return;
  event.preventDefault();
  location.hash = operand.getAttribute("href");
  row.querySelector("a.id").focus({ preventScroll: true });
});
