// What is copied of a worksheet: each line as one line of text. MathML alone falls into one token a line.

const BLOCKS = "h1, h2, p, dt, dd, caption, tr, .row";
const PARTS = ".id, .left, .side, .note, .ways";

/** The words in a range, without what is hidden to align numbers. */
function words(range: Range): string {
  const held = range.cloneContents();
  for (const hidden of held.querySelectorAll("mphantom, .drawn")) hidden.remove();
  const walker = document.createTreeWalker(held, NodeFilter.SHOW_TEXT);
  const found: string[] = [];
  while (walker.nextNode()) found.push((walker.currentNode.textContent ?? "").trim());
  return found.filter(Boolean).join(" ");
}

/** The part of a row that a place lies in. */
function partAt(node: Node): Element | null {
  return (node instanceof Element ? node : node.parentElement)?.closest(PARTS) ?? null;
}

/** The text of a range that holds some of a line; null of one that the browser copies as ever. */
export function copied(range: Range): string | null {
  const blocks = [...document.querySelectorAll<HTMLElement>(BLOCKS)].filter(
    (block) => range.intersectsNode(block) && !block.parentElement?.closest(".row"),
  );
  if (!blocks.some((block) => block.matches(".row"))) return null;
  const within = partAt(range.startContainer);
  if (within && within === partAt(range.endContainer)) return words(range);
  return blocks.map((block) => textOf(block, range)).filter(Boolean).join("\n");
}

/** A row as it is written for `gatewise check`, with its note; of another block what is in the range. */
function textOf(block: HTMLElement, range: Range): string {
  if (block.matches(".row")) {
    const note = block.querySelector(".note")?.textContent?.trim();
    return (block.dataset.text ?? "") + (note ? `\n${note}` : "");
  }
  const own = document.createRange();
  own.selectNodeContents(block);
  if (block.contains(range.startContainer)) own.setStart(range.startContainer, range.startOffset);
  if (block.contains(range.endContainer)) own.setEnd(range.endContainer, range.endOffset);
  return words(own);
}
