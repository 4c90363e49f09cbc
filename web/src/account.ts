/** Who is writing: refreshing the session, signing up without leaving the page, going elsewhere. */
import * as api from "./api";
import { PATIENCE, type Desk } from "./desk";
import * as state from "./state";

/** A field of the sign-up form that the server objects to. */
export interface Objection {
  field: "username" | "password" | null;
  sentence: string;
}

/** The name of a sign-up whose answer never came: it may have worked. */
let unanswered: string | null = null;

/**
 * Turns the visitor into a member. Everything typed so far is sent first and nothing while the
 * project moves, so no save can meet it halfway; what is typed meanwhile follows right after.
 */
export async function signUp(
  desk: Desk,
  username: string,
  password: string,
): Promise<Objection | null> {
  await desk.saving.settle(PATIENCE);
  try {
    const member = await desk.saving.hold(() => api.signUp(username, password));
    state.session.value = { ...member, lease: null };
    if (member.project_id !== desk.project) location.assign(api.pages.writer);
    return null;
  } catch (problem) {
    if (problem instanceof api.Unreachable) {
      unanswered = username;
      await refreshSession(desk);
      const who = state.session.value;
      if (who?.kind === "member" && who.username === username) return null; // it did work
      return { field: null, sentence: "The server does not answer. Please try again." };
    }
    if (!(problem instanceof api.Refusal)) throw problem;
    // Another tab was quicker: show who we are.
    if (problem.code === "already_member") await refreshSession(desk);
    if (problem.code === "username_taken" && unanswered === username) {
      const sentence = "This name is taken. If that was you a moment ago: log in with it, below.";
      return { field: "username", sentence };
    }
    const field = problem.body["field"];
    const known = field === "username" || field === "password" ? field : null;
    return { field: known, sentence: problem.message };
  }
}

/** Asks the server who we are: the lease grows with every edit, and another tab may have logged in. */
export async function refreshSession(desk: Desk): Promise<void> {
  try {
    state.session.value = await api.session(desk.project);
    lastRefresh = Date.now();
    if (!state.ended.value) return;
    state.ended.value = null;
    desk.saving.retry();
    desk.refresh();
  } catch (problem) {
    // Silence is no matter here, saving has its own eyes; a clear no is.
    if (problem instanceof api.Refusal && (problem.status === 401 || problem.status === 404)) {
      state.ended.value = { code: problem.code, sentence: problem.message };
    }
  }
}

let lastRefresh = Date.now();

/** Milliseconds; the status line says minutes, so this is often enough. */
const STALE = 5 * 60_000;

/** After a save: the lease has been extended by it. */
export function refreshLease(desk: Desk): void {
  if (state.session.value?.lease && Date.now() - lastRefresh > STALE) {
    lastRefresh = Date.now();
    void refreshSession(desk);
  }
}

/** Saves what it can before the page goes elsewhere; a draft keeps the rest. */
export async function leaveFor(desk: Desk, href: string): Promise<void> {
  await desk.saving.settle(PATIENCE);
  location.assign(href);
}
