import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Refusal, Unreachable } from "../src/api";
import { Saving } from "../src/saving";
import { SectionText } from "../src/texts/section-text";
import type { SectionId, Written, WrittenMany } from "../src/types";

/** A save the test answers when it likes. */
interface Call {
  sections: Record<SectionId, string>;
  versions: Record<SectionId, number>;
  many: boolean;
  answer(value: unknown): Promise<void>;
  fail(problem: unknown): Promise<void>;
}

function desk() {
  const calls: Call[] = [];
  const trouble: (string | null)[] = [];
  const ended: string[] = [];
  let viewer = false;
  const sent: SectionId[][] = [];
  const call = <T>(sections: Call["sections"], versions: Call["versions"], many: boolean) =>
    new Promise<T>((resolve, reject) => {
      const then = (work: () => void) => {
        work();
        return settle();
      };
      calls.push({
        sections,
        versions,
        many,
        answer: (value) => then(() => resolve(value as T)),
        fail: (problem) => then(() => reject(problem)),
      });
    });
  const saving = new Saving({
    write: (id, content, version) => call<Written>({ [id]: content }, { [id]: version }, false),
    writeMany: (contents, versions) => call<WrittenMany>(contents, versions, true),
    onSend: (ids) => sent.push(ids),
    onChange: () => {},
    onConnection: (words) => trouble.push(words),
    onEnded: (code) => ended.push(code),
    onReadOnly: () => (viewer = true),
  });
  const open = (id: SectionId, content = "text") =>
    new SectionText(id, { content, version: 1 }, [], (text) => saving.touched(text));
  return { saving, calls, trouble, ended, sent, open, isViewer: () => viewer };
}

/** Lets promises run; timers are mocked and stand still. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

const type = (text: SectionText, insert: string) =>
  text.apply({ changes: { from: text.state.doc.length, insert } });

beforeEach(() => mock.timers.enable({ apis: ["setTimeout", "Date"] }));
afterEach(() => mock.timers.reset());

test("saves a second after the last keystroke", () => {
  const { calls, open } = desk();
  const text = open("m/a");
  type(text, "1");
  mock.timers.tick(900);
  type(text, "2");
  mock.timers.tick(999);
  assert.equal(calls.length, 0);
  mock.timers.tick(1);
  assert.deepEqual(calls[0]?.sections, { "m/a": "text12" });
});

test("saves ten seconds after the first keystroke of steady typing", () => {
  const { calls, open } = desk();
  const text = open("m/a");
  for (let tenths = 0; tenths < 99; tenths++) {
    type(text, ".");
    mock.timers.tick(100);
  }
  assert.equal(calls.length, 0);
  type(text, ".");
  mock.timers.tick(100);
  assert.equal(calls.length, 1);
});

test("one save at a time; what was typed meanwhile goes in the next, based on its answer", async () => {
  const { saving, calls, open } = desk();
  const text = open("m/a");
  type(text, "1");
  saving.flush();
  type(text, "2");
  mock.timers.tick(5_000);
  assert.equal(calls.length, 1);
  await calls[0]?.answer({ version: 2, merged: false });
  assert.deepEqual(calls[1]?.sections, { "m/a": "text12" });
  assert.deepEqual(calls[1]?.versions, { "m/a": 2 });
});

test("nothing typed, nothing sent; typed and taken back, nothing sent", () => {
  const { saving, calls, open } = desk();
  const text = open("m/a");
  saving.flush();
  type(text, "1");
  text.apply({ changes: { from: 4, to: 5 } });
  mock.timers.tick(20_000);
  assert.equal(calls.length, 0);
});

test("several at once go together, with their versions", async () => {
  const { saving, calls, sent, open } = desk();
  const [a, b] = [open("m/a"), open("m/b")];
  type(a, "1");
  type(b, "2");
  saving.flush();
  assert.ok(calls[0]?.many);
  assert.deepEqual(calls[0]?.versions, { "m/a": 1, "m/b": 1 });
  assert.deepEqual(sent, [["m/a", "m/b"]]);
  await calls[0]?.answer({ versions: { "m/a": 2, "m/b": 5 }, merged: { "m/b": "text2 other" } });
  assert.ok(!a.unsaved && !b.unsaved);
  assert.equal(b.content, "text2 other");
  assert.equal(b.version, 5);
});

test("offline: tries again after 1, 2, 4 … seconds, and says so", async () => {
  const { saving, calls, trouble, open } = desk();
  mock.method(Math, "random", () => 0.5);
  const text = open("m/a");
  type(text, "1");
  saving.flush();
  await calls[0]?.fail(new Unreachable());
  assert.deepEqual(trouble, [""]);
  type(text, "2");
  mock.timers.tick(999);
  assert.equal(calls.length, 1, "typing does not hurry a server that is not there");
  mock.timers.tick(1);
  assert.equal(calls.length, 2);
  await calls[1]?.fail(new Refusal(503, "shutting_down", "The server is restarting."));
  assert.equal(trouble.at(-1), "The server is restarting.");
  mock.timers.tick(2_000);
  assert.equal(calls.length, 3);
  await calls[2]?.answer({ version: 2, merged: false });
  assert.equal(trouble.at(-1), null);
  await calls[3]?.answer({ version: 3, merged: false });
  assert.ok(!text.unsaved);
  assert.deepEqual(
    calls.map(({ sections, versions }) => [sections["m/a"], versions["m/a"]]),
    [["text1", 1], ["text1", 1], ["text1", 1], ["text12", 2]],
    "what got no answer is said again before what was typed since",
  );
  mock.restoreAll();
});

test("the network's return ends the waiting", async () => {
  const { saving, calls, open } = desk();
  const text = open("m/a");
  type(text, "1");
  saving.flush();
  await calls[0]?.fail(new Unreachable());
  saving.retry();
  assert.equal(calls.length, 2);
});

test("offline, then taken back: unsaved until the server has heard that too", async () => {
  const { saving, calls, trouble, open } = desk();
  const text = open("m/a");
  type(text, "1");
  saving.flush();
  await calls[0]?.fail(new Unreachable());
  text.apply({ changes: { from: 4, to: 5 } });
  assert.ok(text.unsaved, "nobody knows whether the server has it");
  mock.timers.tick(2_000);
  assert.deepEqual(calls[1]?.sections, { "m/a": "text1" });
  await calls[1]?.answer({ version: 2, merged: false });
  assert.equal(trouble.at(-1), null);
  assert.deepEqual([calls[2]?.sections, calls[2]?.versions], [{ "m/a": "text" }, { "m/a": 2 }]);
  await calls[2]?.answer({ version: 3, merged: false });
  assert.ok(!text.unsaved);
  assert.equal(text.content, "text");
});

test("a lost answer, then the page is left: the newest text goes too", async () => {
  const { saving, calls, open } = desk();
  const text = open("m/a");
  type(text, "1");
  saving.flush();
  await calls[0]?.fail(new Unreachable());
  type(text, "2");
  saving.leave();
  assert.deepEqual(calls.slice(1).map((call) => call.sections["m/a"]), ["text1", "text12"]);
  // It lives on, and the last one had arrived first.
  await calls[1]?.answer({ version: 3, merged: true, content: "text12" });
  assert.equal(text.content, "text12");
  assert.ok(!text.unsaved);
});

test("what is said again and refused does not hold up what was written since", async () => {
  const { saving, calls, open } = desk();
  const text = open("m/a");
  type(text, " far too long");
  saving.flush();
  await calls[0]?.fail(new Unreachable());
  text.apply({ changes: { from: 4, to: text.state.doc.length, insert: "!" } });
  saving.retry();
  await calls[1]?.fail(new Refusal(413, "text_too_large", "Too long."));
  assert.equal(text.refusal, null);
  assert.deepEqual(calls[2]?.sections, { "m/a": "text!" });
});

test("a lost answer is recognised when the server turns out to have the text", async () => {
  const { saving, calls, open } = desk();
  const text = open("m/a");
  type(text, "1");
  saving.flush();
  await calls[0]?.fail(new Unreachable());
  type(text, "2");
  saving.retry();
  const clash = { content: "text1", version: 2 };
  await calls[1]?.fail(new Refusal(409, "conflict", "Changed.", clash));
  assert.equal(text.conflict, null);
  assert.deepEqual(calls[2]?.sections, { "m/a": "text12" });
  assert.deepEqual(calls[2]?.versions, { "m/a": 2 });
});

test("a section that is gone keeps its text, and is sent when it is there again", async () => {
  const { saving, calls, open } = desk();
  const text = open("m/a");
  type(text, "1");
  saving.flush();
  await calls[0]?.fail(new Refusal(404, "section_not_found", "There is no such section."));
  assert.ok(text.vanished && text.unsaved);
  mock.timers.tick(20_000);
  assert.equal(calls.length, 1);
  text.revive({ content: "", version: 9 });
  saving.retry();
  assert.deepEqual([calls[1]?.sections, calls[1]?.versions], [{ "m/a": "text1" }, { "m/a": 9 }]);
  await calls[1]?.answer({ version: 10, merged: false });
  assert.ok(!text.vanished && !text.unsaved);
});

test("a late answer about a deleted section is of no interest", async () => {
  for (const problem of [new Refusal(404, "section_not_found", "Gone."), new Unreachable()]) {
    const { saving, calls, open } = desk();
    const text = open("m/a");
    type(text, "1");
    saving.flush();
    saving.forget(text);
    await calls[0]?.fail(problem);
    assert.ok(!text.unsaved && !text.vanished && text.refusal === null);
    mock.timers.tick(60_000);
    assert.equal(calls.length, 1);
  }
});

test("a conflict stops saving of that section only", async () => {
  const { saving, calls, open } = desk();
  const [a, b] = [open("m/a"), open("m/b")];
  type(a, "1");
  type(b, "2");
  saving.flush();
  const conflicts = { "m/a": { content: "other", version: 4 } };
  await calls[0]?.fail(new Refusal(409, "conflict", "Changed.", { conflicts }));
  assert.ok(a.conflict && !b.conflict);
  assert.deepEqual(calls[1]?.sections, { "m/b": "text2" });
  type(a, "more");
  mock.timers.tick(20_000);
  assert.equal(calls.length, 2);
});

test("a refused text waits for an edit; in a group it does not hold up the others", async () => {
  const { saving, calls, open } = desk();
  const [a, b] = [open("m/a"), open("m/b")];
  type(a, "1");
  type(b, "2");
  saving.flush();
  await calls[0]?.fail(new Refusal(413, "text_too_large", "Too long."));
  assert.deepEqual(calls.slice(1).map((call) => call.sections), [
    { "m/a": "text1" },
    { "m/b": "text2" },
  ]);
  await calls[1]?.fail(new Refusal(413, "text_too_large", "Too long."));
  await calls[2]?.answer({ version: 2, merged: false });
  assert.equal(a.refusal, "Too long.");
  assert.ok(!b.unsaved);
  mock.timers.tick(20_000);
  assert.equal(calls.length, 3);
  type(a, "x");
  mock.timers.tick(1_000);
  assert.equal(calls.length, 4);
});

test("after the lease is over nothing is sent until someone has an account again", async () => {
  const { saving, calls, ended, open } = desk();
  const text = open("m/a");
  type(text, "1");
  saving.flush();
  await calls[0]?.fail(new Refusal(401, "lease_expired", "Your time is over."));
  assert.deepEqual(ended, ["lease_expired"]);
  type(text, "2");
  mock.timers.tick(20_000);
  assert.equal(calls.length, 1);
  saving.retry();
  assert.deepEqual(calls[1]?.sections, { "m/a": "text12" });
});

test("while the session changes nothing is sent; afterwards everything is", async () => {
  const { saving, calls, open } = desk();
  const text = open("m/a");
  let done = () => {};
  const held = saving.hold(() => new Promise<void>((resolve) => (done = resolve)));
  type(text, "1");
  mock.timers.tick(20_000);
  assert.equal(calls.length, 0);
  done();
  await held;
  assert.deepEqual(calls[0]?.sections, { "m/a": "text1" });
});

test("settling waits for the answer and for what was typed before it came", async () => {
  const { saving, calls, open } = desk();
  const text = open("m/a");
  type(text, "1");
  let saved: boolean | null = null;
  void saving.settle(5_000).then((all) => (saved = all));
  type(text, "2");
  await calls[0]?.answer({ version: 2, merged: false });
  assert.equal(saved, null);
  await calls[1]?.answer({ version: 3, merged: false });
  assert.equal(saved, true);
});

test("settling gives up after its limit", async () => {
  const { saving, open } = desk();
  type(open("m/a"), "1");
  let saved: boolean | null = null;
  void saving.settle(2_000).then((all) => (saved = all));
  await settle();
  mock.timers.tick(2_000);
  await settle();
  assert.equal(saved, false);
});

test("a closing page also sends what is behind an unanswered save", () => {
  const { saving, calls, open } = desk();
  const text = open("m/a");
  type(text, "1");
  saving.flush();
  type(text, "2");
  saving.leave();
  assert.deepEqual(calls[1]?.sections, { "m/a": "text12" });
});

test("a renamed section is saved under its new name", () => {
  const { saving, calls, open } = desk();
  const text = open("m/a");
  type(text, "1");
  text.id = "m/z";
  saving.flush();
  assert.deepEqual(calls[0]?.sections, { "m/z": "text1" });
});

test("a viewer's words are not sent; they are when the viewer may write again", () => {
  const { saving, calls, open } = desk();
  const text = open("m/a");
  type(text, "1");
  saving.allow(false);
  mock.timers.tick(60_000);
  saving.flush();
  saving.leave();
  assert.equal(calls.length, 0);
  assert.ok(text.unsaved);
  saving.allow(true);
  assert.deepEqual(calls[0]?.sections, { "m/a": "text1" });
});

test("a save that meets the change of role is kept, and says so once", async () => {
  const { saving, calls, open, isViewer } = desk();
  const [a, b] = [open("m/a"), open("m/b")];
  type(a, "1");
  type(b, "2");
  saving.flush();
  await calls[0]?.fail(new Refusal(403, "read_only", "You can only read this project."));
  assert.ok(isViewer());
  assert.ok(a.unsaved && b.unsaved && !a.refusal && !b.refusal);
  mock.timers.tick(60_000);
  assert.equal(calls.length, 1);
  saving.allow(true);
  assert.deepEqual(calls[1]?.sections, { "m/a": "text1", "m/b": "text2" });
});
