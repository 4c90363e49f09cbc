/**
 * The server, as functions. The only file that knows URLs, headers and status codes.
 *
 * Every function either gives the typed answer or throws `Refusal` (the server said no, in words)
 * or `Unreachable` (no answer at all).
 */
import type { Whereabouts } from "./live/messages";
import type {
  Binned,
  Document,
  Member,
  Person,
  Project,
  Revision,
  Section,
  SectionId,
  Session,
  SharedRole,
  ShareLink,
  Written,
  WrittenMany,
} from "./types";

/** The server answered, and the answer is no. `message` is its sentence for a person. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    sentence: string,
    readonly body: Record<string, unknown> = {},
  ) {
    super(sentence);
  }
}

/** No answer: no network, no server, or none within the time limit. */
export class Unreachable extends Error {}

/** Pages of this server one can go to. */
export const pages = {
  writer: "/writer/",
  logIn: "/auth/login/",
  signUp: "/auth/signup/",
  logOut: "/auth/logout/",
  project: (id: number) => `/writer/project/${id}/`,
} as const;

/** The project named by the page's own address, if it names one. */
export function projectOfPath(path: string): number | null {
  const found = /^\/writer\/project\/(\d+)\/?$/.exec(path);
  return found ? Number(found[1]) : null;
}

const API = "/writer/api";
const sectionPath = (project: number, id: SectionId) => `${API}/project/${project}/section/${id}/`;

/** Who this browser is. Remembers the CSRF token it brings. */
export async function session(project: number | null): Promise<Session> {
  const query = project === null ? "" : `?project=${project}`;
  const answer = await request<Session>("GET", `${API}/session/${query}`);
  rememberedToken = answer.csrf_token;
  return answer;
}

export async function documents(project: number): Promise<Document[]> {
  const path = `${API}/project/${project}/sections/`;
  return (await request<{ documents: Document[] }>("GET", path)).documents;
}

export function readSection(project: number, id: SectionId): Promise<Revision> {
  return request("GET", sectionPath(project, id));
}

export function writeSection(
  project: number,
  id: SectionId,
  content: string,
  version: number,
): Promise<Written> {
  return request("PUT", sectionPath(project, id), { content, version });
}

/** All or nothing. */
export function writeSections(
  project: number,
  sections: Record<SectionId, string>,
  versions: Record<SectionId, number>,
): Promise<WrittenMany> {
  return request("POST", `${API}/project/${project}/save-sections/`, { sections, versions });
}

export async function addSection(
  project: number,
  document: string,
  name: string,
): Promise<Section> {
  const path = `${API}/project/${project}/sections/`;
  return (await request<{ section: Section }>("POST", path, { document, name })).section;
}

/** Renames, moves (`position` counts from 0 within the document) or switches on and off. */
export async function changeSection(
  project: number,
  id: SectionId,
  change: { name?: string; position?: number; included?: boolean },
): Promise<Section> {
  return (await request<{ section: Section }>("PATCH", sectionPath(project, id), change)).section;
}

export async function deleteSection(project: number, id: SectionId): Promise<void> {
  await request("DELETE", sectionPath(project, id));
}

const projectPath = (id: number) => `${API}/project/${id}/`;

/** Own projects first, then those shared with one, each by name. */
export function projects(): Promise<{ projects: Project[]; bin: Binned[] }> {
  return request("GET", `${API}/projects/`);
}

export async function createProject(name: string): Promise<Project> {
  return (await request<{ project: Project }>("POST", `${API}/projects/`, { name })).project;
}

export async function renameProject(id: number, name: string): Promise<Project> {
  return (await request<{ project: Project }>("PATCH", projectPath(id), { name })).project;
}

/** Into the bin; answers until when it can be restored. */
export async function binProject(id: number): Promise<string> {
  return (await request<{ kept_until: string }>("DELETE", projectPath(id))).kept_until;
}

export async function restoreProject(id: number): Promise<Project> {
  return (await request<{ project: Project }>("POST", `${projectPath(id)}restore/`)).project;
}

export async function duplicateProject(id: number): Promise<Project> {
  return (await request<{ project: Project }>("POST", `${projectPath(id)}duplicate/`)).project;
}

export async function members(project: number): Promise<Member[]> {
  return (await request<{ members: Member[] }>("GET", `${projectPath(project)}members/`)).members;
}

/** For somebody who has a role already, it changes it. */
export async function addMember(
  project: number,
  username: string,
  role: SharedRole,
): Promise<Member> {
  const path = `${projectPath(project)}members/`;
  return (await request<{ member: Member }>("POST", path, { username, role })).member;
}

export async function changeMember(
  project: number,
  user: number,
  role: SharedRole,
): Promise<Member> {
  const path = `${projectPath(project)}members/${user}/`;
  return (await request<{ member: Member }>("PATCH", path, { role })).member;
}

/** With one's own id: leaving. */
export async function removeMember(project: number, user: number): Promise<void> {
  await request("DELETE", `${projectPath(project)}members/${user}/`);
}

export async function links(project: number): Promise<ShareLink[]> {
  return (await request<{ links: ShareLink[] }>("GET", `${projectPath(project)}links/`)).links;
}

/** `path` is told this once; the server keeps only a digest of it. `seconds` until it ends. */
export function createLink(
  project: number,
  role: SharedRole,
  seconds: number | null,
): Promise<{ link: ShareLink; path: string }> {
  const end = seconds === null ? {} : { expires_in: seconds };
  return request("POST", `${projectPath(project)}links/`, { role, ...end });
}

export async function revokeLink(project: number, link: number): Promise<void> {
  await request("DELETE", `${projectPath(project)}links/${link}/`);
}

/** What a sign-up answers; `project` is one's own. */
export type NewMember = Pick<
  Session,
  "user_id" | "username" | "kind" | "project_id" | "project" | "csrf_token"
>;

/** Of the live channel. */
export function liveUrl(project: number): string {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  return `${scheme}://${location.host}${projectPath(project)}live/`;
}

/** For browsers that cannot have the live channel; holds for two minutes. */
export async function updatePresence(project: number, whereabouts: Whereabouts): Promise<void> {
  await request("POST", `${projectPath(project)}presence/update/`, whereabouts);
}

export async function listPresence(project: number): Promise<Person[]> {
  const path = `${projectPath(project)}presence/list/`;
  return (await request<{ users: Person[] }>("GET", path)).users;
}

/** A visitor's sign-up moves their project to the new account; its id stays. */
export async function signUp(
  username: string,
  password: string,
): Promise<NewMember> {
  const answer = await request<NewMember>("POST", pages.signUp, { username, password });
  rememberedToken = answer.csrf_token;
  return answer;
}

let rememberedToken = "";

/** Told when another tab has logged in or signed up since this page last spoke to the server. */
let onOther = () => {};
let lastToken = "";

export function whenOther(listener: () => void): void {
  onOther = listener;
}

/** The token for a request; sees on the way whether it is somebody else's. */
function freshToken(): string {
  const token = csrfToken();
  const other = lastToken !== "" && token !== lastToken;
  lastToken = token;
  if (other) queueMicrotask(onOther);
  return token;
}

/** The cookie is preferred: another tab may have logged in and so changed it. */
export function csrfToken(): string {
  const cookie = /(?:^|;\s*)csrftoken=([^;]*)/.exec(document.cookie);
  return cookie?.[1] ? decodeURIComponent(cookie[1]) : rememberedToken;
}

/** Milliseconds after which a connection that brings nothing counts as dead. */
const TIME_LIMIT = 30_000;
/** Bytes per millisecond: the slowest line a text is waited for on. */
const SLOWEST = 10;
/** Bytes; what an answer that does not tell its length may have. */
const LONGEST = 4 * 1024 * 1024;

/** How long to wait for so many bytes: a dead connection is noticed, a slow one is not cut off. */
export const patience = (bytes: number): number => TIME_LIMIT + bytes / SLOWEST;

/**
 * Browsers refuse keepalive bodies when more than 64 KiB of them are under way; the rest is for
 * headers. What is over it goes as an ordinary request, and a draft covers a closing tab.
 */
const KEEPALIVE_LIMIT = 60_000;
let keepaliveBytes = 0;

async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
  const token = freshToken();
  try {
    return await attempt<T>(method, path, body, token);
  } catch (problem) {
    if (!(problem instanceof Refusal)) throw problem;
    const rotated = csrfToken() !== token;
    if (problem.code === "csrf_failed" && !rotated) {
      // GET sets the cookie anew; it can itself fail, and then its reason is the better one.
      await session(null);
    } else if (!(rotated && (problem.status === 401 || problem.status === 403))) {
      throw problem;
    }
    // The session changed while the request was under way (a sign-up): say it again as the new one.
    return attempt<T>(method, path, body, csrfToken());
  }
}

async function attempt<T>(
  method: string,
  path: string,
  body: unknown,
  token: string,
): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  const limit = new AbortController();
  const giveUp = () => limit.abort();
  const init: RequestInit = { method, headers, signal: limit.signal };
  let bytes = 0;
  let length = 0;
  if (method !== "GET") {
    headers["X-CSRFToken"] = token;
    headers["Content-Type"] = "application/json";
    const encoded = new TextEncoder().encode(JSON.stringify(body ?? {}));
    init.body = encoded;
    length = encoded.length;
    if (keepaliveBytes + encoded.length <= KEEPALIVE_LIMIT) {
      bytes = encoded.length;
      init.keepalive = true;
    }
  }
  keepaliveBytes += bytes;
  let timer = setTimeout(giveUp, patience(length));
  try {
    const response = await fetch(path, init);
    clearTimeout(timer);
    timer = setTimeout(giveUp, patience(Number(response.headers.get("Content-Length")) || LONGEST));
    return await decode<T>(response);
  } catch (problem) {
    if (problem instanceof Refusal) throw problem;
    throw new Unreachable("The server does not answer.", { cause: problem });
  } finally {
    clearTimeout(timer);
    keepaliveBytes -= bytes;
  }
}

async function decode<T>(response: Response): Promise<T> {
  const text = await response.text();
  let body: Record<string, unknown>;
  try {
    body = JSON.parse(text) as Record<string, unknown>;
  } catch {
    // A proxy's own error page, most likely.
    throw new Refusal(
      response.ok ? 502 : response.status,
      "unreadable_answer",
      `Something between here and the server answered ${response.status}.`,
    );
  }
  if (response.ok && body["success"] !== false) return body as T;
  const sentence = typeof body["error"] === "string" ? body["error"] : "The server refused that.";
  const code = typeof body["code"] === "string" ? body["code"] : "";
  throw new Refusal(response.status, code, sentence, body);
}
