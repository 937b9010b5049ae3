// The keys of the page: one table, which the help dialog shows and the window listens by. Fields keep their own keys.
import { app } from "./state.svelte";
import { leave, start } from "./tools/learning";

/** A key and what it does. */
export interface Key {
  keys: string; // as the help shows it
  does: string;
  /** What the event's `key` is; "" where the key belongs to the view that has the focus. */
  key: string;
  control?: boolean;
  shift?: boolean;
  run?: () => void;
}

/** All keys; single letters can be switched off. */
export const KEYS: Key[] = [
  { keys: "n", key: "n", does: "the next line in the order of work", run: () => app.step(1) },
  { keys: "p", key: "p", does: "the line before it", run: () => app.step(-1) },
  {
    keys: "Space",
    key: " ",
    does: "play or pause, where nothing else has the focus",
    run: () => (app.playing = !app.playing),
  },
  {
    keys: "b",
    key: "b",
    does: "lay the backward pass over the sequence, or take it off",
    run: () => (app.backward = !app.backward),
  },
  { keys: "y", key: "y", does: "now you: work out the next number yourself", run: () => start(app.place) },
  { keys: "?", key: "?", does: "this list", run: () => (app.help = !app.help) },
  { keys: "Esc", key: "Escape", does: "leave the exercise, or stop playing", run: escape },
  { keys: "Ctrl Z", key: "z", control: true, shift: false, does: "undo the last change", run: () => app.undo() },
  { keys: "Ctrl Shift Z", key: "z", control: true, shift: true, does: "do it again", run: () => app.redo() },
  { keys: "Ctrl Y", key: "y", control: true, does: "do it again", run: () => app.redo() },
  {
    keys: "← → ↑ ↓",
    key: "",
    does: "in the sequence: step, unit and quantity; on a number: less or more, with Shift ten times as much",
  },
  { keys: "Enter", key: "", does: "open the line of what has the focus" },
  { keys: "Alt ← →", key: "", does: "back and forward on the way taken, as in any page" },
];

function escape(): void {
  if (app.learning) leave();
  app.playing = false;
}

const FIELDS =
  "input:not([type=checkbox], [type=radio], [type=range], [type=button]), textarea, select, [contenteditable]";
const PRESSED = "button, a, summary, input, [role=slider], [role=tab], [tabindex='0']";

const isLetter = (key: Key): boolean => key.key.length === 1 && !key.control;

/** Run what a key press means; leaves it alone in fields, dialogs and where letters are switched off. */
export function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  const target = event.target instanceof Element ? event.target : document.body;
  const control = event.ctrlKey || event.metaKey;
  const pressed = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const key = KEYS.find(
    (one) =>
      one.run !== undefined &&
      one.key === pressed &&
      (one.control ?? false) === control &&
      (one.shift === undefined || one.shift === event.shiftKey),
  );
  if (key?.run === undefined) return;
  if (target.closest(FIELDS) !== null && key.key !== "Escape") return;
  if (document.querySelector("dialog[open]") !== null && key.key !== "?") return;
  if (isLetter(key) && !app.letters) return;
  if (key.key === " " && target.closest(PRESSED) !== null) return;
  event.preventDefault();
  key.run();
}
