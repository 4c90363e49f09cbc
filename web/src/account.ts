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
    signedUp(member, desk.project);
    void refreshSession(desk); // with all that has a new owner now
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

/**
 * One's own project moved to the new account; in somebody else's one is still taking part. Which of
 * them is on the desk does not change.
 */
function signedUp(member: api.NewMember, desk: number): void {
  const before = state.session.value;
  if (!before) return;
  const { project_id: own, project, ...who } = member;
  const mine = own === desk ? { project, role: "owner" as const, owner: member.username } : {};
  state.session.value = { ...before, ...who, ...mine, lease: null };
}

/**
 * Asks the server who we are: the lease grows with every edit, and another tab may have logged in.
 * Tells whether it answered, and whether this session may be here.
 */
export async function refreshSession(desk: Desk): Promise<"there" | "silent" | "over"> {
  try {
    state.session.value = await api.session(desk.project);
    lastRefresh = Date.now();
    if (!state.ended.value) return "there";
    state.ended.value = null;
    desk.saving.retry();
    desk.refresh();
    return "there";
  } catch (problem) {
    // Silence is no matter here, saving has its own eyes; a clear no is.
    if (problem instanceof api.Refusal && (problem.status === 401 || problem.status === 404)) {
      state.ended.value = { code: problem.code, sentence: problem.message };
      return "over";
    }
    // What a proxy says in place of a server that is down is silence too.
    return problem instanceof api.Refusal && problem.status < 500 ? "there" : "silent";
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
  await desk.settle();
  location.assign(href);
}
