import assert from "node:assert/strict";
import { test } from "node:test";
import { lineFor, withEntry, withoutEntry, worthSaying, type SaveFacts, type Status } from "../src/state";

function line(
  statuses: Record<string, Status["standing"] | Status>,
  rest: Partial<SaveFacts> = {},
) {
  const map = new Map<string, Status>();
  for (const [id, status] of Object.entries(statuses)) {
    map.set(id, typeof status === "string" ? { standing: status } : status);
  }
  return lineFor({
    statuses: map,
    current: "m/a",
    trouble: null,
    ended: null,
    readOnly: false,
    keeps: true,
    label: (id) => ({ "m/a": "Abstract", "m/b": "Methods" })[id] ?? id,
    ...rest,
  });
}

test("says where the text is, in these words", () => {
  assert.equal(line({}).words, "Saved on disk");
  assert.equal(line({ "m/a": "unsaved" }).words, "Unsaved…");
  assert.equal(line({ "m/a": "saving" }).words, "Saving…");
  assert.equal(
    line({ "m/a": "unsaved" }, { trouble: "" }).words,
    "Offline: kept in this browser, will be sent",
  );
  assert.equal(
    line({ "m/a": "unsaved" }, { trouble: "The disk is full." }).words,
    "The disk is full. Kept in this browser, will be sent.",
  );
  assert.equal(
    line({ "m/a": { standing: "refused", sentence: "Too long." } }).words,
    "Too long. Kept in this browser.",
  );
});

test("saved means all of it: another section counts too", () => {
  assert.equal(line({ "m/a": "saved", "m/b": "saving" }).kind, "saving");
});

test("a choice in another section names it and leads there", () => {
  const { words, elsewhere } = line({ "m/a": "saved", "m/b": "conflict" });
  assert.match(words, /^Methods waits for your choice/);
  assert.equal(elsewhere, "m/b");
});

test("a section that is gone is named, and its text can be gone to", () => {
  const { words, elsewhere } = line({ "m/a": "saved", "m/z": "vanished" });
  assert.equal(words, "“z” is gone: your text is kept in this browser");
  assert.equal(elsewhere, "m/z");
});

test("with everything saved, silence of the server is no news", () => {
  assert.equal(line({ "m/a": "saved" }, { trouble: "" }).kind, "saved");
});

test("the end of the lease comes first", () => {
  const ended = { code: "lease_expired", sentence: "Over." };
  assert.equal(line({ "m/a": "unsaved" }, { ended }).words, "Not saved: kept in this browser");
  assert.equal(line({ "m/a": "saved" }, { ended }).words, "Saved on disk");
});

test("a viewer's line is calm, and honest about words that cannot be sent", () => {
  const readOnly = true;
  assert.deepEqual(line({ "m/a": "saved" }, { readOnly }), {
    kind: "viewing",
    words: "View only",
    elsewhere: null,
  });
  const here = line({ "m/a": "unsaved", "m/b": "unsaved" }, { readOnly });
  assert.equal(here.words, "Not saved: you can only read this project now. Kept in this browser.");
  assert.equal(here.elsewhere, null);
  assert.equal(line({ "m/a": "saved", "m/b": "conflict" }, { readOnly }).elsewhere, "m/b");
  assert.match(line({ "m/a": "unsaved" }, { readOnly, keeps: false }).words, /Kept only in this tab\.$/);
});

test("a save under way when the role changes may still arrive", () => {
  assert.equal(line({ "m/a": "saving" }, { readOnly: true }).words, "Saving…");
});

test("out of the project altogether is not view only", () => {
  const ended = { code: "project_not_found", sentence: "Gone." };
  assert.equal(line({ "m/a": "saved" }, { readOnly: true, ended }).words, "Saved on disk");
  assert.equal(line({ "m/a": "unsaved" }, { readOnly: true, ended }).kind, "ended");
});

test("a browser that keeps nothing is not said to keep it", () => {
  const { words } = line({ "m/a": "unsaved" }, { trouble: "", keeps: false });
  assert.equal(words, "Offline: kept only in this tab, will be sent");
});

test("a screen reader hears of trouble and of its end, not of every pause", () => {
  const saved = line({});
  const saving = line({ "m/a": "saving" });
  const offline = line({ "m/a": "unsaved" }, { trouble: "" });
  assert.equal(worthSaying(saved, saving), null);
  assert.equal(worthSaying(saving, saved), null);
  assert.equal(worthSaying(saving, offline), offline.words);
  assert.equal(worthSaying(offline, offline), null);
  assert.equal(worthSaying(offline, saved), "Saved on disk");
});

test("maps are replaced only when something changes", () => {
  const map = new Map([["a", 1]]);
  assert.equal(withEntry(map, "a", 1), map);
  assert.notEqual(withEntry(map, "a", 2), map);
  assert.equal(withoutEntry(map, "b"), map);
  assert.equal(withoutEntry(map, "a").size, 0);
});
