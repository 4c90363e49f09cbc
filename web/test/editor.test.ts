import assert from "node:assert/strict";
import { test } from "node:test";
import { EditorState, Text } from "@codemirror/state";
import { lineBreaks } from "../src/editor/linebreaks";
import { positionOf } from "../src/editor/position";
import { reading, setReading } from "../src/editor/read-only";
import { fromServer } from "../src/texts/section-text";

test("an inserted LF becomes a line break of a CRLF text", () => {
  const state = EditorState.create({
    doc: Text.of(["one", "two"]),
    extensions: [EditorState.lineSeparator.of("\r\n"), lineBreaks],
  });
  const after = state.update({ changes: { from: 3, insert: "a\nb" }, selection: { anchor: 6 } }).state;
  assert.equal(after.sliceDoc(), "onea\r\nb\r\ntwo");
  assert.equal(after.doc.lines, 3);
  assert.equal(after.selection.main.head, 6);
});

test("lines and columns are counted from 1, in characters", () => {
  const state = EditorState.create({ doc: "one\n🙂x", selection: { anchor: 6 } });
  assert.deepEqual(positionOf(state), { line: 2, column: 2 });
});

test("a text one may only read takes what others write, and nothing else", () => {
  let state = EditorState.create({ doc: "one", extensions: reading(true) });
  assert.ok(state.readOnly);
  const insert = { changes: { from: 3, insert: "!" } };
  assert.equal(state.update(insert).state.sliceDoc(), "one");
  const theirs = { ...insert, annotations: fromServer.of(true) };
  state = state.update(theirs).state;
  assert.equal(state.sliceDoc(), "one!");
  state = state.update({ effects: setReading(false) }).state;
  assert.ok(!state.readOnly);
  assert.equal(state.update(insert).state.sliceDoc(), "one!!");
});
