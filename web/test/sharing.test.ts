import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import * as sharing from "../src/sharing";
import type { Member, ShareLink } from "../src/types";

const member = (id: number | null, username: string, role: Member["role"]): Member => ({
  user_id: id,
  username,
  role,
  kind: "member",
  avatar_color: "#000000",
  you: false,
});
const link = (id: number, rest: Partial<ShareLink> = {}): ShareLink => ({
  id,
  role: "editor",
  created_at: "2026-11-21T10:00:00Z",
  expires_at: null,
  uses: 0,
  ...rest,
});

let asked: { key: string; body: unknown }[] = [];
let answers: Record<string, [number, object]> = {};

beforeEach(() => {
  asked = [];
  answers = {};
  sharing.members.value = [member(1, "alice", "owner"), member(2, "bob", "editor")];
  sharing.links.value = [];
  sharing.fresh.value = null;
  Object.assign(globalThis, {
    document: { cookie: "csrftoken=one" },
    fetch: async (path: string, init: RequestInit) => {
      const key = `${init.method ?? "GET"} ${path.replace("/writer/api/project/7", "")}`;
      const body = init.body ? JSON.parse(new TextDecoder().decode(init.body as Uint8Array)) : null;
      asked.push({ key, body });
      const [status, answer] = answers[key] ?? [200, {}];
      return new Response(JSON.stringify({ success: status < 400, ...answer }), { status });
    },
  });
});

test("what is said about a link", () => {
  const now = new Date(2026, 10, 21);
  assert.equal(sharing.linkFacts(link(1), now), "not used yet · no end");
  assert.equal(sharing.linkFacts(link(1, { uses: 1 }), now), "used 1 time · no end");
  const end = (day: number) => new Date(2026, 10, day, 15, 4).toISOString();
  assert.equal(
    sharing.linkFacts(link(1, { uses: 2, expires_at: end(22) }), now),
    "used 2 times · until Sun 22 Nov, 15:04",
  );
  assert.match(sharing.linkFacts(link(1, { expires_at: end(20) }), now), /over since Fri 20 Nov/);
});

test("only the owner asks for the links", async () => {
  answers["GET /members/"] = [200, { members: [] }];
  answers["GET /links/"] = [200, { links: [link(1)] }];
  await sharing.load(7, "editor");
  assert.deepEqual([asked.length, sharing.links.value], [1, null]);
  await sharing.load(7, "owner");
  assert.deepEqual([asked.length, sharing.links.value?.length], [3, 1]);
});

test("a name nobody has is said, and the list stays", async () => {
  answers["POST /members/"] = [404, { code: "user_not_found", error: "Nobody is called that." }];
  assert.equal(await sharing.add(7, "nobody", "editor"), "Nobody is called that.");
  assert.equal(sharing.members.value?.length, 2);
});

test("a role changes in its place; a removed person goes from the list", async () => {
  answers["PATCH /members/2/"] = [200, { member: member(2, "bob", "viewer") }];
  assert.equal(await sharing.change(7, member(2, "bob", "editor"), "viewer"), null);
  assert.deepEqual(sharing.members.value?.map(({ role }) => role), ["owner", "viewer"]);
  assert.equal(await sharing.remove(7, member(2, "bob", "viewer")), null);
  assert.deepEqual(sharing.members.value?.map(({ username }) => username), ["alice"]);
});

test("a visitor who is away has nobody to be asked about", async () => {
  await sharing.remove(7, member(null, "visitor-009", "viewer"));
  assert.deepEqual(asked, []);
});

test("a new link: its address is made of where this page is; no end is no number", async () => {
  answers["POST /links/"] = [201, { link: link(3), path: "/join/abc/" }];
  assert.equal(await sharing.createLink(7, "viewer", null, "https://lab.example"), null);
  assert.deepEqual(asked[0]?.body, { role: "viewer" });
  assert.deepEqual(sharing.fresh.value, { id: 3, address: "https://lab.example/join/abc/" });
  await sharing.createLink(7, "editor", 86_400, "https://lab.example");
  assert.deepEqual(asked[1]?.body, { role: "editor", expires_in: 86_400 });
});

test("a revoked link is gone, with its address and the visitors who came by it", async () => {
  sharing.links.value = [link(3), link(4)];
  sharing.fresh.value = { id: 3, address: "x" };
  answers["GET /members/"] = [200, { members: [member(1, "alice", "owner")] }];
  assert.equal(await sharing.revoke(7, link(3)), null);
  assert.deepEqual(sharing.links.value?.map(({ id }) => id), [4]);
  assert.equal(sharing.fresh.value, null);
  assert.equal(sharing.members.value?.length, 1);
});
