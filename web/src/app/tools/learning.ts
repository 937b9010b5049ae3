// Now you: begin, answer, ask, leave. The learner judges; this moves the page along and lets the live region speak.
import type { Place, Tried, Verdict } from "../../core/api";
import { WORDS } from "../../core/marking/words";
import { app } from "../state.svelte";

/** A verdict as it is said to the learner. */
export const verdictWord = (verdict: Verdict): string => WORDS[verdict];

/** The colour of a verdict. */
export const verdictTone = (verdict: Verdict): "good" | "half" | "bad" =>
  verdict === "right" || verdict === "follows"
    ? "good"
    : verdict === "misprint" || verdict === "coarse"
      ? "half"
      : "bad";

/** Begin at a line that is worked out, or at the first; nothing where the exercise is on already. */
export function start(from?: Place): void {
  app.tool = "learn";
  app.playing = false;
  if (app.learning || !app.handy) return;
  const worked = from !== undefined && !app.model.isGiven(from);
  app.learner.start(worked ? from : undefined);
  app.learning = true;
  goOn(worked ? "Now you." : "Now you, from the first number.");
}

/** Show the number that is to be worked out next. */
function goOn(said: string): void {
  app.hinted = false;
  app.refresh();
  const { next } = app.learner;
  if (next === null) {
    app.say(`${said} That was the last number. ${app.learner.score().sentence}`);
    return;
  }
  app.choose(next, app.way.slice(0, -1));
  app.say(`${said} What is ${app.plain(next)}?`);
}

/** Hand in an answer. */
export function answer(text: string): Tried {
  const before = app.learner.next;
  const judged = app.learner.answer(text);
  const tried: Tried = text.trim() === "" ? { ...judged, answer: "", verdict: "missing" } : judged;
  const said = [verdictWord(tried.verdict), tried.note].filter(Boolean).join(" ");
  if (app.learner.next !== before) goOn(said);
  else {
    app.refresh();
    app.say(said);
  }
  return tried;
}

/** Ask for a hint: in words, and the numbers put in are shown. */
export function hint(): string {
  const said = app.learner.hint();
  app.hinted = true;
  app.refresh();
  app.say(said);
  return said;
}

/** Have the solution shown, and go on. */
export function solution(): string {
  const said = app.learner.solution();
  goOn(said);
  return said;
}

/** Leave a number out, which is then shown, and go on. */
export function skip(): string {
  const { next } = app.learner;
  app.learner.skip();
  app.refresh();
  const said = next ? `Left out: ${app.spoken(next)} is shown now.` : "";
  goOn(said);
  return said;
}

/** Leave the exercise; the answers are kept and can still be saved. */
export function leave(): void {
  app.learning = false;
  app.hinted = false;
  app.refresh();
  app.say(`The exercise is over. ${app.learner.score().sentence}`);
}
