/** Others' saved words: when they are fetched, and when this page's own go first. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import type { Desk } from "../src/desk";
import { TextNews } from "../src/live/text-news";
import * as state from "../src/state";
import { SectionText } from "../src/texts/section-text";
import { Shelf } from "../src/texts/shelf";
import type { Revision } from "../src/types";

async function desk() {
  const server: Record<string, Revision> = {
    "m/a": { content: "one", version: 1 },
    "m/b": { content: "two", version: 1 },
  };
  const read: string[] = [];
  const shelf = new Shelf({
    read: async (id) => {
      read.push(id);
      return server[id]!;
    },
    create: (id, revision) => new SectionText(id, revision, []),
    leftOver: () => null,
    onAdopted: () => {},
  });
  const [a, b] = [await shelf.load("m/a"), await shelf.load("m/b")];
  read.length = 0;
  state.shown.value = "m/a";
  const news = new TextNews({ shelf } as Desk);
  const saves = (id: string, content: string) => {
    server[id] = { content, version: server[id]!.version + 1 };
    news.note(id, server[id].version);
    return settle();
  };
  return { news, saves, read, a, b };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

beforeEach(() => mock.timers.enable({ apis: ["setTimeout", "Date"] }));
afterEach(() => {
  mock.timers.reset();
  state.shown.value = null;
  state.liveWords.value = new Map();
});

test("the text on screen is fetched at once, others soon, and each only if it is older", async () => {
  const { news, saves, read, a, b } = await desk();
  await saves("m/a", "one and more");
  assert.equal(a.content, "one and more");
  await saves("m/b", "two and");
  await saves("m/b", "two and a word");
  assert.deepEqual(read, ["m/a"]);
  mock.timers.tick(2_000);
  await settle();
  assert.deepEqual(read, ["m/a", "m/b"], "two saves are one fetch");
  assert.equal(b.content, "two and a word");
  assert.equal(state.liveWords.value.get("m/b"), 4);
  news.note("m/a", 2);
  news.note("m/a", 1);
  news.note("m/unknown", 7);
  mock.timers.tick(2_000);
  await settle();
  assert.equal(read.length, 2);
});

test("unsaved words stay; what was announced meanwhile is fetched once they are saved", async () => {
  const { news, saves, read, a } = await desk();
  a.apply({ changes: { from: 3, insert: " mine" } });
  await saves("m/a", "theirs");
  assert.equal(a.content, "one mine");
  assert.deepEqual(read, []);
  a.send();
  // Mine was written first, theirs after it: my answer does not know of it.
  a.acknowledge({ version: 1 });
  news.look("m/a");
  await settle();
  assert.deepEqual(read, ["m/a"]);
  assert.equal(a.content, "theirs");
});
