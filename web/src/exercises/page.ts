// The behaviour of the page: Enter judges one answer, the button marks all; it counts tries, shows a solution only after
// one, keeps what is written over a reload, and saves the answers as a file to hand in.
import { type Marks, markSheet } from "../core/marking/marking";
import { isBlank } from "../core/marking/reading";
import type { Marked, SheetData } from "../core/marking/sheet";
import { forget, keep, type Kept, nothing, recalled, type Tries } from "./kept";
import { hintsIn, listsOf, pointsOf, sentenceOf, solutionOf } from "./result";
import { WORDS } from "../core/marking/words";

const SETTLED = new Set<Marked["verdict"]>(["right", "missing", "unreadable"]); // no solution to be shown of these

/** The page of one sheet. */
export class Page {
  #kept: Kept = nothing();
  #places = new Map<string, HTMLElement>();
  readonly #name: HTMLInputElement;
  readonly #result: HTMLElement;
  readonly #solved: boolean;

  constructor(
    readonly data: SheetData,
    readonly form: HTMLFormElement,
  ) {
    this.#name = document.getElementById("name") as HTMLInputElement;
    this.#result = document.getElementById("result") as HTMLElement;
    this.#solved = form.hasAttribute("data-solved"); // a copy with the answers in it, of which nothing is kept
    for (const place of form.querySelectorAll<HTMLElement>(".answer")) this.#places.set(place.dataset.id ?? "", place);
  }

  /** Put what was kept into the fields and listen. */
  open(): void {
    if (!this.#solved) this.#restore();
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#mark();
    });
    this.form.addEventListener("keydown", (event) => this.#entered(event));
    this.form.addEventListener("reset", () => this.#startAgain());
    const sure = document.getElementById("sure") as HTMLElement;
    const ask = document.getElementById("start-again") as HTMLElement;
    const asked = (open: boolean): void => {
      sure.hidden = !open;
      (open ? document.getElementById("keep") : ask)?.focus();
    };
    ask.addEventListener("click", () => asked(true));
    sure.addEventListener("click", ({ target }) => target instanceof HTMLButtonElement && asked(false));
    sure.addEventListener("keydown", ({ key }) => key === "Escape" && asked(false));
    this.form.addEventListener("input", (event) => this.#written(event.target as HTMLElement));
    document.getElementById("save")?.addEventListener("click", () => this.#save());
  }

  #answers(): Record<string, string> {
    return Object.fromEntries([...new FormData(this.form)].map(([id, answer]) => [id, String(answer)]));
  }

  /** The field of an answer that takes the focus. */
  #field(id: string): HTMLElement | null {
    const place = this.#places.get(id);
    return (
      place?.querySelector<HTMLElement>("input:checked") ?? place?.querySelector<HTMLElement>("input, select") ?? null
    );
  }

  // Marking ---------------------------------------------------------------------------------------------------

  /** Judge the one answer that Enter was pressed in; go on to the next field where there is nothing to mend. */
  #entered(event: KeyboardEvent): void {
    const field = event.target;
    if (event.key !== "Enter" || event.isComposing || !(field instanceof HTMLInputElement)) return;
    event.preventDefault(); // it would hand in the whole sheet
    const id = field.closest<HTMLElement>(".answer")?.dataset.id;
    const found = id === undefined ? "missing" : this.#judge(id);
    if (!["right", "follows", "missing"].includes(found)) return field.select();
    const ids = [...this.#places.keys()];
    const next = ids[ids.indexOf(id ?? "") + 1];
    (next ? this.#field(next) : this.form.querySelector<HTMLElement>("[type=submit]"))?.focus();
  }

  #judge(id: string): Marked["verdict"] {
    const answers = this.#answers();
    const marked = markSheet(this.data, answers).marked.find((one) => one.id === id);
    if (!marked || marked.verdict === "missing") return "missing";
    this.#try(marked, answers);
    this.#verdict(marked);
    const line = this.#places.get(id)?.querySelector(".verdict");
    line?.scrollIntoView({ block: "nearest" });
    this.#say(`${id}: ${line?.firstChild?.textContent?.trim()}`);
    this.#store();
    return marked.verdict;
  }

  #mark(): void {
    const answers = this.#answers();
    if (Object.values(answers).every(isBlank)) {
      this.#total("Nothing is marked yet: there is no answer. Write down at least one.");
      return;
    }
    const marks = markSheet(this.data, answers);
    this.#count(marks, answers);
    this.#show(marks);
    this.#store();
    this.#result.scrollIntoView({ block: "nearest" });
  }

  /** Count a try at an answer that is another one than last time; what is missing or cannot be read is none. */
  #try({ id, verdict }: Marked, answers: Record<string, string>): Tries | undefined {
    const answer = (answers[id] ?? "").trim();
    const before = this.#kept.tries[id];
    if (verdict === "missing" || verdict === "unreadable" || before?.last === answer) return undefined;
    const shown = before?.shown ?? false;
    return (this.#kept.tries[id] = { count: (before?.count ?? 0) + 1, last: answer, shown, late: shown });
  }

  /** Count tries, and a round where there was one since the last round, here or by Enter. */
  #count(marks: Marks, answers: Record<string, string>): void {
    for (const marked of marks.marked) this.#try(marked, answers);
    const tries = Object.values(this.#kept.tries);
    if (tries.some(({ round }) => round === undefined)) this.#kept.rounds += 1;
    for (const one of tries) one.round ??= this.#kept.rounds;
    if (this.#kept.rounds === 1) this.#kept.first = pointsOf(marks, this.#kept);
  }

  #show(marks: Marks): void {
    for (const marked of marks.marked) this.#verdict(marked);
    this.#result.querySelector(".look")?.replaceChildren(...listsOf(marks, (id) => this.#field(id)));
    this.#result.querySelector(".hints")?.replaceChildren(...hintsIn(marks.hints));
    this.#result.classList.add("marked");
    this.#total(sentenceOf(marks, this.#kept));
  }

  #verdict({ id, verdict, hint }: Marked): void {
    const place = this.#places.get(id);
    const line = place?.querySelector<HTMLElement>(".verdict");
    const item = this.data.items.find((one) => one.id === id);
    if (!place || !line || !item || verdict === "missing") return; // what is missing is counted in the result
    const tries = this.#kept.tries[id];
    const counted = tries && tries.count > 1 ? `Try ${tries.count}.` : "";
    line.textContent = [WORDS[verdict], hint, counted].filter(Boolean).join(" ");
    line.className = `verdict ${verdict}`;
    line.hidden = false;
    const wrong = verdict === "wrong" || verdict === "mistake" || verdict === "unreadable";
    for (const field of place.querySelectorAll("input, select")) field.removeAttribute("aria-invalid");
    if (wrong && item.form !== "choice") this.#field(id)?.setAttribute("aria-invalid", "true");
    if (!tries?.count || SETTLED.has(verdict)) return;
    if (tries.shown) line.append(` ${solutionOf(item)}`);
    else line.append(" ", this.#solutionButton(id, line));
  }

  #solutionButton(id: string, line: HTMLElement): HTMLButtonElement {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Show the solution";
    button.setAttribute("aria-label", `Show the solution of ${id}`);
    button.addEventListener("click", () => {
      const [item, tries] = [this.data.items.find((one) => one.id === id), this.#kept.tries[id]];
      if (!item || !tries) return;
      tries.shown = true;
      button.replaceWith(solutionOf(item));
      line.tabIndex = -1;
      line.focus(); // what was pressed is gone; the solution is read where it stands
      this.#store();
    });
    return button;
  }

  /** Say one sentence, in the page's one live region. */
  #say(sentence: string): void {
    const region = this.form.querySelector<HTMLElement>("[role=status]");
    if (region) region.textContent = sentence;
  }

  /** Say a sentence about the sheet, and leave it in the result. */
  #total(sentence: string): void {
    const line = this.#result.querySelector<HTMLElement>(".points");
    if (line) line.textContent = sentence;
    this.#say(sentence);
  }

  // What is kept ----------------------------------------------------------------------------------------------

  #written(field: HTMLElement): void {
    const place = field.closest(".answer");
    const line = place?.querySelector<HTMLElement>(".verdict");
    if (line) line.hidden = true; // it was of another answer
    field.removeAttribute("aria-invalid");
    this.#store();
  }

  #store(): void {
    if (this.#solved) return;
    Object.assign(this.#kept, { name: this.#name.value, answers: this.#answers() });
    keep(this.data.name, this.#kept);
  }

  #restore(): void {
    this.#kept = recalled(this.data.name);
    this.#name.value ||= this.#kept.name;
    for (const [id, answer] of Object.entries(this.#kept.answers)) {
      for (const field of this.#places
        .get(id)
        ?.querySelectorAll<HTMLInputElement | HTMLSelectElement>("input, select") ?? []) {
        if (field instanceof HTMLInputElement && field.type === "radio") field.checked = field.value === answer;
        else field.value = answer;
      }
    }
    const marks = markSheet(this.data, this.#answers());
    if (this.#kept.rounds) this.#show(marks);
    else for (const one of marks.marked) if (this.#kept.tries[one.id]?.last === one.answer.trim()) this.#verdict(one);
  }

  #startAgain(): void {
    this.#kept = nothing();
    if (!this.#solved) forget(this.data.name);
    for (const line of this.form.querySelectorAll<HTMLElement>(".verdict")) line.hidden = true;
    for (const field of this.form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
    for (const part of this.#result.querySelectorAll(".look, .hints")) part.replaceChildren();
    this.#result.classList.remove("marked");
    this.#total("All answers are cleared.");
  }

  #save(): void {
    const name = this.#name.value.trim();
    const text = JSON.stringify(
      { gatewise: "answers", sheet: this.data.name, name, answers: this.#answers() },
      null,
      1,
    );
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = `${this.data.name}${name ? `-${name.replace(/[^\p{L}\p{N}]+/gu, "-")}` : ""}.answers.json`;
    link.click();
    URL.revokeObjectURL(link.href);
  }
}
