import "fake-indexeddb/auto";
import assert from "node:assert/strict";
import { test } from "node:test";
import { IDBFactory } from "fake-indexeddb";
import { noDrafts, openDrafts, type Draft } from "../src/drafts";
import { Keeping } from "../src/saving/keeping";
import { SectionText } from "../src/texts/section-text";

const NOW = Date.UTC(2026, 10, 21);
const DAY = 24 * 3600 * 1000;

const draft = (more: Partial<Draft>): Draft => ({
  project: 101,
  section: "manuscript/abstract",
  tab: "one",
  content: "text",
  version: 7,
  sent: null,
  stranded: null,
  at: NOW,
  ...more,
});

test("keeps one draft per project, section and tab, newest first", async () => {
  const drafts = await openDrafts(NOW, new IDBFactory());
  await drafts.put(draft({ content: "first" }));
  await drafts.put(draft({ content: "second" }));
  await drafts.put(draft({ tab: "two", at: NOW + 5 }));
  await drafts.put(draft({ project: 102 }));
  const kept = await drafts.list(101);
  assert.deepEqual(kept.map(({ tab, content }) => [tab, content]), [
    ["two", "text"],
    ["one", "second"],
  ]);
  await drafts.remove(draft({ tab: "two" }));
  assert.equal((await drafts.list(101)).length, 1);
});

test("drops what nobody came back for in 30 days", async () => {
  const factory = new IDBFactory();
  const drafts = await openDrafts(NOW, factory);
  await drafts.put(draft({ tab: "old", at: NOW - 31 * DAY }));
  await drafts.put(draft({ tab: "new", at: NOW - 29 * DAY }));
  const later = await openDrafts(NOW, factory);
  assert.deepEqual((await later.list(101)).map(({ tab }) => tab), ["new"]);
});

test("an unsaved text has a draft; a saved one has none; a renamed one has one", async () => {
  const drafts = await openDrafts(NOW, new IDBFactory());
  const keeping = new Keeping(drafts, 101, "tab", () => {});
  const names = async () => (await drafts.list(101)).map(({ section }) => section);
  const text = new SectionText("m/a", { content: "text", version: 1 }, [], (edited) =>
    keeping.note(edited),
  );
  text.apply({ changes: { from: 4, insert: "!" } });
  void keeping.flush();
  assert.deepEqual(await names(), ["m/a"]);
  text.id = "m/b";
  keeping.note(text);
  void keeping.flush();
  assert.deepEqual(await names(), ["m/b"]);
  text.send();
  text.acknowledge({ version: 2 });
  keeping.note(text);
  assert.deepEqual(await names(), []);
});

test("what could not be sent is found from another project, and says whose it is", async () => {
  const drafts = await openDrafts(NOW, new IDBFactory());
  const keeping = new Keeping(drafts, 101, "tab", () => {}, () => "visitor-015");
  const text = new SectionText("m/a", { content: "text", version: 1 }, []);
  text.apply({ changes: { from: 4, insert: "!" } });
  keeping.note(text);
  void keeping.flush();
  const [left] = await drafts.elsewhere(102);
  assert.deepEqual([left?.by, left?.stranded, left?.content], ["visitor-015", null, "text!"]);
  assert.deepEqual(await drafts.elsewhere(101), [], "in its own project it is sent instead");
  keeping.strand("visitor-015");
  assert.equal((await drafts.elsewhere(102))[0]?.stranded, "visitor-015");
  keeping.strand(null);
  assert.equal((await drafts.elsewhere(102))[0]?.stranded, null);
});

test("says whether anything can be kept", async () => {
  let works = true;
  const broken = { put: () => Promise.reject(new Error("full")), remove: async () => {}, list: async () => [], elsewhere: async () => [] };
  const keeping = new Keeping(broken, 101, "tab", (kept) => (works = kept));
  const text = new SectionText("m/a", { content: "", version: 1 }, []);
  text.apply({ changes: { from: 0, insert: "!" } });
  keeping.note(text);
  void keeping.flush();
  await new Promise((go) => setTimeout(go));
  assert.equal(works, false);
});

test("says when what is due has been written", async () => {
  let write = () => {};
  const slow = { ...noDrafts, put: () => new Promise<void>((done) => (write = done)) };
  const keeping = new Keeping(slow, 101, "tab", () => {});
  const text = new SectionText("m/a", { content: "text", version: 1 }, []);
  text.apply({ changes: { from: 4, insert: "!" } });
  keeping.note(text);
  let written = false;
  const flushed = keeping.flush().then(() => (written = true));
  await new Promise((go) => setTimeout(go, 10));
  assert.equal(written, false);
  write();
  await flushed;
});

test("what cannot be sent becomes a draft at once, anything else a moment later", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const written: string[] = [];
  const drafts = { ...noDrafts, put: async ({ section }: Draft) => void written.push(section) };
  const isStuck = (text: SectionText) => text.vanished;
  const keeping = new Keeping(drafts, 101, "tab", () => {}, () => "", isStuck);
  const [gone, there] = ["m/gone", "m/there"].map(
    (id) => new SectionText(id, { content: "text", version: 1 }, [], (edited) => keeping.note(edited)),
  ) as [SectionText, SectionText];
  gone.vanished = true;
  for (const text of [gone, there]) text.apply({ changes: { from: 4, insert: "!" } });
  t.mock.timers.tick(1);
  assert.deepEqual(written, ["m/gone"]);
  t.mock.timers.tick(300);
  assert.deepEqual(written, ["m/gone", "m/there"]);
});
