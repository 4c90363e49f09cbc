import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";
import {
  Refusal,
  Unreachable,
  patience,
  projectOfPath,
  session,
  whenOther,
  writeSection,
} from "../src/api";

interface Seen {
  method: string;
  path: string;
  token: string | null;
  keepalive: boolean;
}

let seen: Seen[] = [];
let answers: ((request: Seen) => Response | Promise<Response>)[] = [];
const page = { cookie: "" };

const json = (status: number, body: object) => new Response(JSON.stringify(body), { status });
const csrfFailed = () => json(403, { success: false, code: "csrf_failed", error: "Stale." });
const saved = () => json(200, { success: true, version: 2, merged: false });

beforeEach(() => {
  seen = [];
  answers = [];
  page.cookie = "a=b; csrftoken=one";
  Object.assign(globalThis, {
    document: page,
    fetch: async (path: string, init: RequestInit) => {
      const headers = new Headers(init.headers);
      const request = {
        method: init.method ?? "GET",
        path,
        token: headers.get("X-CSRFToken"),
        keepalive: init.keepalive === true,
      };
      seen.push(request);
      const answer = answers.shift();
      if (!answer) throw new TypeError("network");
      return answer(request);
    },
  });
});

test("the page's address may name a project", () => {
  assert.equal(projectOfPath("/writer/project/101/"), 101);
  assert.equal(projectOfPath("/writer/"), null);
  assert.equal(projectOfPath("/writer/project/101x/"), null);
});

test("a refusal carries status, code and sentence; silence is something else", async () => {
  answers = [() => json(507, { success: false, code: "disk_full", error: "The disk is full." })];
  await assert.rejects(writeSection(1, "m/a", "x", 1), (problem: Refusal) => {
    assert.ok(problem instanceof Refusal);
    assert.deepEqual([problem.status, problem.code, problem.message], [507, "disk_full", "The disk is full."]);
    return true;
  });
  await assert.rejects(writeSection(1, "m/a", "x", 1), Unreachable);
});

test("a proxy's error page is a refusal, even with status 200", async () => {
  answers = [() => new Response("<html>", { status: 200 })];
  await assert.rejects(writeSection(1, "m/a", "x", 1), (problem: Refusal) => problem.status === 502);
});

test("a stale token is fetched anew, once, and the request repeated", async () => {
  const renewed = () => {
    page.cookie = "csrftoken=two";
    return json(200, { success: true, csrf_token: "two" });
  };
  answers = [csrfFailed, renewed, saved];
  assert.equal((await writeSection(1, "m/a", "x", 1)).version, 2);
  assert.deepEqual(seen.map(({ method, token }) => [method, token]), [
    ["PUT", "one"],
    ["GET", null],
    ["PUT", "two"],
  ]);
  answers = [csrfFailed, () => json(200, { success: true, csrf_token: "two" }), csrfFailed];
  await assert.rejects(writeSection(1, "m/a", "x", 1), Refusal);
});

test("a request that met a sign-up halfway is repeated as the new account", async () => {
  const met = () => {
    page.cookie = "csrftoken=alice";
    return json(401, { success: false, code: "session_expired", error: "Over." });
  };
  answers = [met, saved];
  assert.equal((await writeSection(1, "m/a", "x", 1)).version, 2);
  assert.equal(seen[1]?.token, "alice");
});

test("a session that is over is not asked for again", async () => {
  answers = [() => json(401, { success: false, code: "lease_expired", error: "Over." })];
  await assert.rejects(session(1), Refusal);
  assert.equal(seen.length, 1);
});

test("saves outlive the page as far as browsers allow it", async () => {
  answers = [saved, saved];
  await writeSection(1, "m/a", "short", 1);
  await writeSection(1, "m/a", "ä".repeat(40_000), 1);
  assert.deepEqual(seen.map(({ keepalive }) => keepalive), [true, false]);
});

test("saves under way share what browsers allow", async () => {
  let release = () => {};
  const slow = () => new Promise<Response>((resolve) => (release = () => resolve(saved())));
  answers = [slow, saved, saved];
  const first = writeSection(1, "m/a", "x".repeat(40_000), 1);
  await writeSection(1, "m/b", "x".repeat(40_000), 1);
  release();
  await first;
  await writeSection(1, "m/b", "x".repeat(40_000), 1);
  assert.deepEqual(seen.map(({ keepalive }) => keepalive), [true, false, true]);
});

test("a long text is waited for on a slow line, a short one is not waited for long", () => {
  assert.equal(patience(0), 30_000);
  assert.ok(patience(2 * 1024 * 1024) > 200_000);
});

test("a save on a slow line is not cut off; one that brings nothing for very long is", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const aborted: boolean[] = [];
  Object.assign(globalThis, {
    fetch: (_path: string, init: RequestInit) =>
      new Promise((_, reject) => {
        init.signal?.addEventListener("abort", () => {
          aborted.push(true);
          reject(new TypeError("aborted"));
        });
      }),
  });
  const save = writeSection(1, "m/a", "x".repeat(1_000_000), 1);
  mock.timers.tick(100_000);
  assert.deepEqual(aborted, []);
  mock.timers.tick(60_000);
  await assert.rejects(save, Unreachable);
  mock.timers.reset();
});

test("says so when another tab has changed who we are, once", async () => {
  let told = 0;
  whenOther(() => told++);
  answers = [saved, saved, saved];
  await writeSection(1, "m/a", "x", 1);
  const before = told;
  page.cookie = "csrftoken=somebody-else";
  await writeSection(1, "m/a", "y", 1);
  await writeSection(1, "m/a", "z", 1);
  assert.equal(told, before + 1);
});
