import assert from "node:assert/strict";
import { test } from "node:test";
import { Refusal, Unreachable } from "../src/api";
import { noDrafts, type Draft } from "../src/drafts";
import { offer, outOfReach, strays } from "../src/left-over";
import * as state from "../src/state";

const draft = (more: Partial<Draft>): Draft => ({
  project: 101,
  section: "manuscript/abstract",
  tab: "closed",
  content: "text",
  version: 7,
  sent: null,
  stranded: null,
  at: 0,
  ...more,
});

test("a page takes up the newest draft of each section that no living tab is at work on", () => {
  const newest = draft({ at: 2 });
  const drafts = [draft({ tab: "alive", at: 3 }), newest, draft({ tab: "older", at: 1 })];
  assert.deepEqual([...strays(drafts, new Set(["alive"])).values()], [newest]);
});

test("only what the server says is out of reach is offered; each project is asked for once", async () => {
  const asked: number[] = [];
  const ask = async (project: number) => {
    asked.push(project);
    if (project === 1) throw new Refusal(404, "project_not_found", "There is no such project.");
    if (project === 2) throw new Unreachable();
  };
  const drafts = [1, 1, 2, 3].map((project, at) => draft({ project, at }));
  assert.deepEqual(await outOfReach(drafts, new Set(), ask), drafts.slice(0, 2));
  assert.deepEqual(asked, [1, 2, 3]);
});

test("what a living tab has is its own, unless its time is over", async () => {
  const lost = () => Promise.reject(new Refusal(404, "project_not_found", "No."));
  const over = draft({ tab: "over", stranded: "visitor-001" });
  const drafts = [draft({ tab: "busy" }), over];
  assert.deepEqual(await outOfReach(drafts, new Set(["busy", "over"]), lost), [over]);
});

test("what is offered says whose it is and why, and stays until it is discarded", async () => {
  const removed: string[] = [];
  const drafts = { ...noDrafts, remove: async ({ section }: { section: string }) => void removed.push(section) };
  offer([draft({ section: "m/a", by: "alice" })], "section", drafts);
  offer([draft({ section: "m/b", stranded: "visitor-001" })], "project", drafts);
  assert.deepEqual(
    state.stranded.value.map(({ why, writer }) => [why, writer]),
    [["section", "alice"], ["project", "visitor-001"]],
  );
  state.stranded.value[0]?.discard();
  assert.deepEqual(state.stranded.value.map(({ section }) => section), ["m/b"]);
  assert.deepEqual(removed, ["m/a"]);
});
