// A link to what is folded away opens it.
const unfold = () => {
  let place = document.getElementById(location.hash.slice(1));
  if (!place) return;
  const aim = place;
  for (; place; place = place.parentElement) if (place.tagName === "DETAILS") place.open = true;
  aim.scrollIntoView({ block: "center" });
};
addEventListener("hashchange", unfold);
unfold();

// j and k go from finding to finding, in the order of the document.
const notes = [...document.querySelectorAll(".note")];
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !notes.length) return;
  const step = { j: 1, k: -1 }[event.key];
  if (!step) return;
  const focused = document.activeElement.closest(".note");
  const at = focused ? notes.indexOf(focused) : step > 0 ? -1 : notes.length;
  const next = notes[Math.min(Math.max(at + step, 0), notes.length - 1)];
  for (let at = next; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "center" });
});
