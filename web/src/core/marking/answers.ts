// What a learner answered, as the file that `gatewise mark` takes.
import type { LearnerApi } from "../api";

/** Answers as the JSON that the exercises' page saves, too. */
export function answersOf(learner: LearnerApi): string {
  return JSON.stringify(learner.tried().map(({ answer }) => answer));
}
