// Why something was not taken: what passes by itself is tried again, the rest waits for the person.
import { RefusedError, SignedOutError } from "./pages";
import { say } from "./words";

export type Failure = "offline" | "broken" | "signedOut" | "refused" | "tooLong";

/** Judge the status of an answer that is not what was asked for; it is 0 when there was none. */
export function judge(status: number): Failure {
  if (status === 401) return "signedOut";
  if (status < 400) return "offline"; // such as a page that some network puts between
  if (status >= 500 || status === 408 || status === 429) return "broken";
  return status === 413 ? "tooLong" : "refused";
}

export function passes(failure: Failure): boolean {
  return failure === "offline" || failure === "broken" || failure === "signedOut";
}

/** Return the words for what `fetchPage` throws, where nothing is tried again. */
export function tellError(error: unknown): string {
  if (error instanceof SignedOutError) return say("signedOut");
  if (error instanceof RefusedError) return error.message;
  const failure = judge(Number(error instanceof Error ? error.message : 0) || 0);
  return say(passes(failure) ? "noAnswer" : failure);
}
