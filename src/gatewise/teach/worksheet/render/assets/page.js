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

// What is copied of a row is one line of text; MathML alone falls into one token a line.
const words = (range) => {
  const held = range.cloneContents();
  held.querySelectorAll("mphantom, .drawn").forEach((hidden) => hidden.remove());
  const walker = document.createTreeWalker(held, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) found.push(walker.currentNode.data.trim());
  return found.filter(Boolean).join(" ");
};
const part = (node) => (node.nodeType === 1 ? node : node.parentElement).closest(".id, .left, .side, .note");
document.addEventListener("copy", (event) => {
  const selection = getSelection();
  if (selection.isCollapsed || !selection.rangeCount) return;
  const range = selection.getRangeAt(0);
  const blocks = [...document.querySelectorAll("h1, h2, p, dt, dd, caption, tr, .row")].filter(
    (block) => range.intersectsNode(block) && !block.parentElement.closest(".row")
  );
  if (!blocks.some((block) => block.matches(".row"))) return;
  const within = part(range.startContainer);
  const lines = within && within === part(range.endContainer) ? [words(range)] : blocks.map((block) => {
    if (block.matches(".row")) {
      const note = block.querySelector(".note");
      return block.dataset.text + (note ? "\n" + note.textContent.trim() : "");
    }
    const own = document.createRange();
    own.selectNodeContents(block);
    if (block.contains(range.startContainer)) own.setStart(range.startContainer, range.startOffset);
    if (block.contains(range.endContainer)) own.setEnd(range.endContainer, range.endOffset);
    return words(own);
  });
  event.clipboardData.setData("text/plain", lines.filter(Boolean).join("\n"));
  event.preventDefault();
});
