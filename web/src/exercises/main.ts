// The page of an exercise sheet that marks itself. `markSheet` and `numberOf` are handed out for who marks elsewhere.
import "../looks/looks.css";
import "./page.css";
import { markSheet } from "../core/marking/marking";
import { numberOf } from "../core/marking/reading";
import type { SheetData } from "../core/marking/sheet";
import { Page } from "./page";

export { markSheet, numberOf };

/** What the page holds, packed so that answers are not read by accident. */
function unpacked(packed: string): SheetData {
  const bytes = Uint8Array.from(atob(packed.trim()), (letter) => letter.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes)) as SheetData;
}

if (typeof document !== "undefined") {
  const data = document.getElementById("data")?.textContent;
  const form = document.getElementById("sheet");
  if (data && form instanceof HTMLFormElement) new Page(unpacked(data), form).open();
}
