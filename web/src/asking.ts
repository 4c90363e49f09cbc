/** Asking the server for something a person pressed a button for. */
import { Refusal, Unreachable } from "./api";

/** An error sentence for the place where it was asked, or `null` when it is done. */
export type Done = Promise<string | null>;

export async function tried(work: () => Promise<void>): Done {
  try {
    await work();
    return null;
  } catch (problem) {
    if (problem instanceof Refusal) return problem.message;
    if (problem instanceof Unreachable) return "The server does not answer just now.";
    throw problem;
  }
}
