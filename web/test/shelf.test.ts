import assert from "node:assert/strict";
import { test } from "node:test";
import type { Draft } from "../src/drafts";
import { SectionText } from "../src/texts/section-text";
import { Shelf } from "../src/texts/shelf";
import type { Revision, SectionId } from "../src/types";

function shelf(leftOver: Record<SectionId, Draft> = {}) {
  const asked: { id: SectionId; answer(revision: Revision): void; fail(): void }[] = [];
  const adopted: Draft[] = [];
  const made = new Shelf({
    read: (id) =>
      new Promise((resolve, reject) =>
        asked.push({ id, answer: resolve, fail: () => reject(new Error("no")) }),
      ),
    create: (id, revision) => new SectionText(id, revision, []),
    leftOver: (id) => leftOver[id] ?? null,
    onAdopted: (_text, draft) => adopted.push(draft),
  });
  return { made, asked, adopted };
}

test("asked for twice, a section is fetched once, and kept", async () => {
  const { made, asked } = shelf();
  const both = [made.load("m/a"), made.load("m/a")];
  asked[0]?.answer({ content: "a", version: 1 });
  const [one, two] = await Promise.all(both);
  assert.equal(one, two);
  assert.equal(await made.load("m/a"), one);
  assert.equal(asked.length, 1);
});

test("answers in the wrong order go to the sections they were asked for", async () => {
  const { made, asked } = shelf();
  const [a, b] = [made.load("m/a"), made.load("m/b")];
  asked[1]?.answer({ content: "text of b", version: 1 });
  asked[0]?.answer({ content: "text of a", version: 1 });
  assert.equal((await a).content, "text of a");
  assert.equal((await b).content, "text of b");
});

test("a failed fetch can be tried again", async () => {
  const { made, asked } = shelf();
  const first = made.load("m/a");
  asked[0]?.fail();
  await assert.rejects(first);
  const second = made.load("m/a");
  asked[1]?.answer({ content: "a", version: 1 });
  assert.equal((await second).content, "a");
});

test("a late answer never replaces what was typed meanwhile", async () => {
  const { made, asked } = shelf();
  const loading = made.load("m/a");
  asked[0]?.answer({ content: "old", version: 1 });
  const text = await loading;
  const refreshing = made.refresh(text);
  text.apply({ changes: { from: 3, insert: " typed" } });
  asked[1]?.answer({ content: "new", version: 2 });
  await refreshing;
  assert.equal(text.content, "old typed");
  assert.equal(text.version, 1);
});

test("a left-over draft is shown and waits to be sent, unless the server has it", async () => {
  const draft = (content: string): Draft => ({
    project: 1,
    section: "m/a",
    tab: "gone",
    content,
    version: 3,
    sent: null,
  stranded: null,
    at: 0,
  });
  for (const [content, unsaved] of [["draft", true], ["server", false]] as const) {
    const { made, asked, adopted } = shelf({ "m/a": draft(content) });
    const loading = made.load("m/a");
    asked[0]?.answer({ content: "server", version: 5 });
    const text = await loading;
    assert.equal(text.content, content);
    assert.equal(text.unsaved, unsaved);
    assert.equal(text.version, unsaved ? 3 : 5);
    assert.equal(adopted.length, 1);
  }
});
