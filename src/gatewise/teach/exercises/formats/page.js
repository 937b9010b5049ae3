
// The page: marks on submit, saves the answers as a file to hand in, and keeps them while the page is open.
const packed = document.getElementById("data").textContent.trim();
const data = JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0))));
const form = document.getElementById("sheet"), result = document.getElementById("result");
const WORDS = {
  right: "Right.", follows: "Right from your numbers.", mistake: "Not this.", misprint: "Nearly.", coarse: "Nearly.",
  wrong: "Not right.", unreadable: "Not read.", missing: "No answer yet.",
};
const collected = () => Object.fromEntries([...new FormData(form)].map(([id, answer]) => [id, String(answer)]));
const element = (name, text, className = "") => Object.assign(document.createElement(name), { textContent: text, className });

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const marks = markSheet(data, collected());
  const places = Object.fromEntries([...document.querySelectorAll(".answer")].map((place) => [place.dataset.id, place]));
  for (const { id, verdict, note } of marks.marked) {
    const line = places[id].querySelector(".verdict");
    line.textContent = [WORDS[verdict], note].filter(Boolean).join(" ");
    line.className = `verdict ${verdict}`;
    line.hidden = false;
  }
  const percent = marks.outOf ? (100 * marks.points) / marks.outOf : 0;
  result.querySelector(".points").textContent = `${marks.points} of ${marks.outOf} points, ${Math.round(percent)} %`;
  result.querySelector(".hints").replaceChildren(...marks.hints.map(({ name, why, items }) => {
    const hint = element("div", "");
    hint.append(element("p", name), element("p", why), element("p", `seen in ${items.join(", ")}`, "where"));
    hint.firstChild.style.fontWeight = "600";
    return hint;
  }));
  result.hidden = false;
  result.focus();
});

form.addEventListener("reset", () => {
  for (const line of document.querySelectorAll(".verdict")) line.hidden = true;
  result.hidden = true;
});

document.getElementById("save").addEventListener("click", () => {
  const name = document.getElementById("name").value.trim();
  const text = JSON.stringify({ gatewise: "answers", sheet: data.name, name, answers: collected() }, null, 1);
  const link = element("a", "");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  link.download = `${data.name}${name ? "-" + name.replace(/[^\p{L}\p{N}]+/gu, "-") : ""}.answers.json`;
  link.click();
  URL.revokeObjectURL(link.href);
});
