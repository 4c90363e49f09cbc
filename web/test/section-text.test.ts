import assert from "node:assert/strict";
import { test } from "node:test";
import { history, undo } from "@codemirror/commands";
import { SectionText } from "../src/texts/section-text";

function open(content: string, version = 1) {
  const edits: string[] = [];
  const text = new SectionText("manuscript/abstract", { content, version }, history(), (edited) =>
    edits.push(edited.content),
  );
  const type = (at: number, insert: string) =>
    text.apply({ changes: { from: at, insert }, userEvent: "input.type" });
  return { text, type, edits };
}

test("opened, it is saved; typed in, it is not; taken back, it is again", () => {
  const { text, type, edits } = open("abc");
  assert.ok(!text.unsaved);
  type(3, "d");
  assert.ok(text.unsaved && text.due);
  assert.deepEqual(edits, ["abcd"]);
  text.apply({ changes: { from: 3, to: 4 } });
  assert.ok(!text.unsaved);
});

test("an answered save makes it saved and names the next version", () => {
  const { text, type } = open("abc", 7);
  type(3, "d");
  assert.deepEqual(text.send(), { content: "abcd", version: 7 });
  assert.ok(!text.due, "one save at a time");
  text.acknowledge({ version: 8 });
  assert.ok(!text.unsaved);
  assert.equal(text.version, 8);
});

test("what is typed during a save goes with the next one", () => {
  const { text, type } = open("abc");
  type(3, "d");
  text.send();
  type(4, "e");
  assert.ok(text.ahead);
  text.acknowledge({ version: 2 });
  assert.ok(text.unsaved);
  assert.deepEqual(text.send(), { content: "abcde", version: 2 });
});

test("a merged answer is taken in; keystrokes typed meanwhile stay, and are sent after it", () => {
  const { text, type, edits } = open("one\ntwo\nthree\n");
  type(3, " mine");
  text.send();
  type(8, "!");
  text.acknowledge({ version: 3, content: "one mine\ntwo\nTHREE\n" });
  assert.equal(text.content, "one mine!\ntwo\nTHREE\n");
  assert.ok(text.unsaved);
  assert.deepEqual(text.send(), { content: "one mine!\ntwo\nTHREE\n", version: 3 });
  assert.equal(edits.length, 2, "the server's words are no edit of this page");
});

test("a merged answer without further typing leaves nothing to save", () => {
  const { text, type } = open("one\ntwo\n");
  type(3, " mine");
  text.send();
  text.acknowledge({ version: 3, content: "one mine\nTWO\n" });
  assert.ok(!text.unsaved);
});

test("undo takes back one's own words, not the server's", () => {
  const { text, type } = open("one\ntwo\n");
  type(3, " mine");
  text.send();
  text.acknowledge({ version: 3, content: "one mine\nTWO\n" });
  undo({ state: text.state, dispatch: (transaction) => text.accept(transaction) });
  assert.equal(text.content, "one\nTWO\n");
});

test("cursor and selection stay where they were in the words", () => {
  const { text, type } = open("one\ntwo\nthree\n");
  type(13, "!");
  text.apply({ selection: { anchor: 10 } });
  text.send();
  text.acknowledge({ version: 3, content: "zero\none\ntwo\nthree!\n" });
  assert.equal(text.state.selection.main.head, 15);
});

test("a clash waits for a choice", () => {
  const { text, type } = open("abc");
  type(3, " mine");
  text.send();
  text.clash({ content: "abc theirs", version: 5 });
  assert.ok(text.conflict && !text.due && text.unsaved);
  type(8, " more");
  assert.ok(!text.due, "typing on sends nothing");
  text.keepMine();
  assert.deepEqual(text.send(), { content: "abc mine more", version: 5 });
});

test("the other text takes the place of mine once mine is saved, and can be undone", () => {
  const { text, type } = open("abc");
  type(3, " mine");
  text.send();
  text.clash({ content: "abc theirs", version: 5 });
  text.keepMine();
  text.send();
  text.acknowledge({ version: 6 });
  text.takeTheirs("abc theirs");
  assert.equal(text.content, "abc theirs");
  assert.deepEqual(text.send(), { content: "abc theirs", version: 6 });
  undo({ state: text.state, dispatch: (transaction) => text.accept(transaction) });
  assert.equal(text.content, "abc mine");
});

test("a clash with one's own text, whose answer got lost, is none", () => {
  const { text, type } = open("abc");
  type(3, "d");
  text.send();
  text.lost();
  type(4, "e");
  assert.deepEqual(text.send(), { content: "abcd", version: 1 }, "first what got no answer");
  text.clash({ content: "abcd", version: 2 });
  assert.equal(text.conflict, null);
  assert.deepEqual(text.send(), { content: "abcde", version: 2 });
});

test("a lost answer that others built upon: their words come in, mine stay, undone ones stay away", () => {
  const { text, type } = open("one\ntwo\n");
  type(3, " OOPS");
  text.send();
  text.lost();
  text.apply({ changes: { from: 3, to: 8 } });
  type(0, "my ");
  assert.ok(text.unsaved);
  text.send();
  text.acknowledge({ version: 4, content: "one OOPS\ntwo and theirs\n" });
  assert.equal(text.content, "my one\ntwo and theirs\n");
  assert.deepEqual(text.send(), { content: "my one\ntwo and theirs\n", version: 4 });
});

test("a CRLF text with a lost answer takes in a mixed one", () => {
  const { text, type } = open("one\r\ntwo\r\n");
  type(3, "!");
  text.send();
  text.lost();
  type(4, "?");
  text.send();
  text.acknowledge({ version: 3, content: "one!\r\ntwo\nthree\r\n" });
  assert.equal(text.content, "one!?\r\ntwo\nthree\r\n");
});

test("a stale draft that the server once had gives way to what came after it", () => {
  const { text } = open("start, longer, and finished", 9);
  text.adopt({ content: "start, longer", version: 7 });
  assert.deepEqual(text.send(), { content: "start, longer", version: 7 });
  text.acknowledge({ version: 9, content: "start, longer, and finished" });
  assert.equal(text.content, "start, longer, and finished");
  assert.ok(!text.unsaved);
});

test("a clash with the same words is none", () => {
  const { text, type } = open("abc");
  type(3, "d");
  text.send();
  text.clash({ content: "abcd", version: 9 });
  assert.ok(!text.conflict && !text.unsaved);
  assert.equal(text.version, 9);
});

test("a refused text is sent again only after an edit", () => {
  const { text, type } = open("abc");
  type(3, "d");
  text.send();
  text.refuse("Too long.");
  assert.ok(text.unsaved && !text.due);
  type(4, "e");
  assert.ok(text.due);
});

test("a newer text from the server is shown only where nothing waits", () => {
  const { text, type } = open("abc", 4);
  text.refresh({ content: "old", version: 3 });
  assert.equal(text.content, "abc", "an answer that overtook another is ignored");
  text.refresh({ content: "abc new", version: 6 });
  assert.equal(text.content, "abc new");
  assert.equal(text.version, 6);
  type(0, "x");
  text.refresh({ content: "other", version: 9 });
  assert.equal(text.content, "xabc new");
  assert.equal(text.version, 6, "the server must know what the edit is based on");
});

test("a draft is sent with the version it was based on", () => {
  const { text } = open("server", 9);
  text.adopt({ content: "draft", version: 7 });
  assert.equal(text.content, "draft");
  assert.deepEqual(text.send(), { content: "draft", version: 7 });
  text.acknowledge({ version: 10, content: "server draft" });
  assert.equal(text.content, "server draft");
  assert.ok(!text.unsaved);
});

test("a draft remembers what was sent before the page went away", () => {
  const { text } = open("sent", 8);
  text.adopt({ content: "sent and more", version: 7, sent: "sent" });
  text.send();
  text.clash({ content: "sent", version: 8 });
  assert.equal(text.conflict, null);
  assert.deepEqual(text.send(), { content: "sent and more", version: 8 });
});

test("CRLF and a missing final newline are kept through edits", () => {
  const { text } = open("one\r\ntwo\r\nthree");
  text.apply(text.state.replaceSelection(text.state.lineBreak));
  assert.equal(text.content, "\r\none\r\ntwo\r\nthree");
});

test("stray carriage returns are kept", () => {
  const { text, type } = open("one\r\ntwo\nthr\ree");
  type(0, "x");
  assert.equal(text.content, "xone\r\ntwo\nthr\ree");
});

test("a CRLF text that becomes mixed elsewhere takes the other's bytes and keeps mine", () => {
  const { text, type } = open("one\r\ntwo\r\nthree\r\n");
  type(3, " mine");
  text.send();
  type(8, "!");
  text.acknowledge({ version: 2, content: "one mine\r\ntwo\nTHREE\r\n" });
  assert.equal(text.content, "one mine!\r\ntwo\nTHREE\r\n");
  type(0, "x");
  assert.equal(text.content, "xone mine!\r\ntwo\nTHREE\r\n");
});

test("a text whose file was converted to CRLF is written on with CRLF", () => {
  const { text } = open("one\ntwo\nthree");
  text.refresh({ content: "one\r\ntwo\r\nthree", version: 2 });
  assert.ok(!text.unsaved);
  text.apply({ selection: { anchor: text.state.doc.length } });
  text.apply(text.state.replaceSelection(text.state.lineBreak + "four"));
  assert.equal(text.content, "one\r\ntwo\r\nthree\r\nfour");
  text.refresh({ content: "ignored", version: 3 });
  assert.equal(text.content, "one\r\ntwo\r\nthree\r\nfour");
});
