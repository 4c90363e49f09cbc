import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import * as projects from "../src/projects";
import { session } from "../src/state";
import type { Project, Session } from "../src/types";

const project = (id: number, name: string, rest: Partial<Project> = {}): Project => ({
  id,
  name,
  owner: "alice",
  role: "owner",
  people: 1,
  edited_at: null,
  ...rest,
});

const alice: Session = {
  user_id: 12,
  username: "alice",
  kind: "member",
  project_id: 1,
  project: "default-project",
  role: "owner",
  owner: "alice",
  avatar_color: "#6366f1",
  csrf_token: "",
  lease: null,
};

/** What was asked and done, in order. */
let events: string[] = [];
let answers: Record<string, [number, object]> = {};
const page: projects.Page = {
  project: 1,
  settle: async () => void events.push("settle"),
  go: (href) => void events.push(`go ${href}`),
};

beforeEach(() => {
  events = [];
  const list = { projects: [project(1, "default-project")], bin: [] };
  answers = { "GET /writer/api/projects/": [200, list] };
  session.value = alice;
  projects.projectList.value = null;
  Object.assign(globalThis, {
    document: { cookie: "csrftoken=one" },
    fetch: async (path: string, init: RequestInit) => {
      const key = `${init.method ?? "GET"} ${path}`;
      events.push(key);
      const [status, body] = answers[key] ?? [200, {}];
      return new Response(JSON.stringify({ success: status < 400, ...body }), { status });
    },
  });
});

test("the project one is in is in the list before the server has answered", () => {
  assert.deepEqual(projects.listOf(null, alice), [project(1, "default-project")]);
  assert.deepEqual(projects.listOf([], alice), []);
});

test("own projects and those of others are apart; found by name or owner", () => {
  const all = [project(1, "Grant 2026"), project(2, "Ripples", { owner: "bob", role: "viewer" })];
  const ids = (query: string) => {
    const { own, shared } = projects.grouped(all, query);
    return [own.map(({ id }) => id), shared.map(({ id }) => id)];
  };
  assert.deepEqual(ids(""), [[1], [2]]);
  assert.deepEqual(ids("2026 gr"), [[1], []]);
  assert.deepEqual(ids("BOB"), [[], [2]]);
});

test("what stands beside a name", () => {
  assert.equal(projects.aside(project(1, "a"), "member"), "");
  assert.equal(projects.aside(project(1, "a", { people: 3 }), "member"), "3 people");
  assert.equal(projects.aside(project(1, "a"), "visitor"), "your workspace");
  const shared = { owner: "bob", role: "editor" } as const;
  assert.equal(projects.aside(project(1, "a", shared), "visitor"), "bob · editor");
  assert.equal(projects.aside(project(1, "a", { ...shared, owner: null }), "member"), "editor");
});

test("a new project is gone to once everything typed in this one is sent", async () => {
  answers["POST /writer/api/projects/"] = [201, { project: project(7, "new") }];
  assert.equal(await projects.create(page, "new"), null);
  assert.deepEqual(events, ["POST /writer/api/projects/", "settle", "go /writer/project/7/"]);
});

test("a name the server refuses is said, and the page stays", async () => {
  answers["POST /writer/api/projects/"] = [409, { code: "project_exists", error: "Taken." }];
  assert.equal(await projects.create(page, "x"), "Taken.");
  assert.equal(events.length, 1);
});

test("renaming the project on the desk renames it in the bar at once", async () => {
  answers["PATCH /writer/api/project/1/"] = [200, { project: project(1, "Grant") }];
  assert.equal(await projects.rename(page, project(1, "default-project"), "Grant"), null);
  assert.equal(session.value?.project, "Grant");
  answers["PATCH /writer/api/project/2/"] = [200, { project: project(2, "Other") }];
  await projects.rename(page, project(2, "two"), "Other");
  assert.equal(session.value?.project, "Grant");
});

test("a copy of the project on the desk has the last words in it", async () => {
  answers["POST /writer/api/project/1/duplicate/"] = [201, { project: project(8, "a-copy") }];
  await projects.duplicate(page, project(1, "a"));
  assert.deepEqual(events.slice(0, 2), ["settle", "POST /writer/api/project/1/duplicate/"]);
});

test("binning the project on the desk sends what is typed, then goes elsewhere", async () => {
  assert.equal(await projects.toBin(page, project(1, "a")), null);
  assert.deepEqual(events, ["settle", "DELETE /writer/api/project/1/", "go /writer/"]);
});

test("binning another one stays here and shows the new list", async () => {
  assert.equal(await projects.toBin(page, project(2, "b")), null);
  assert.deepEqual(events, ["DELETE /writer/api/project/2/", "GET /writer/api/projects/"]);
  assert.equal(projects.projectList.value?.length, 1);
});

test("leaving takes oneself out; without an answer the page stays", async () => {
  const shared = project(2, "b", { role: "editor" });
  await projects.leave(page, shared);
  assert.equal(events[0], "DELETE /writer/api/project/2/members/12/");
  Object.assign(globalThis, { fetch: () => Promise.reject(new TypeError("network")) });
  events = [];
  assert.match((await projects.leave(page, { ...shared, id: 1 })) ?? "", /does not answer/);
  assert.deepEqual(events, ["settle"]);
});
