// Under which settings an action is carried out: which hand, how wide the window, which theme, how much motion.

/**
 * The settings of the k-th action of a group: by mouse, and by keys alone in a window that is in all else the opposite,
 * so that each action is seen at both widths, in both themes, with motion and without. From action to action they turn;
 * after four of them each choice of one thing has met each choice of any other. The other half has the other widths.
 */
export function settingsOf(k, half) {
  const turn = k ^ half;
  const [narrow, dark] = [(turn & 1) === 1, (turn & 2) === 2];
  const own = (hand, other) => ({
    hand, width: narrow !== other ? 390 : 1280, dark: dark !== other, reduced: (narrow !== dark) !== other,
  });
  return [own("mouse", false), own("keyboard", true)];
}
