/**
 * Keeps what is pasted, dropped or completed in step with the text's own line endings. (Typed
 * line breaks are CodeMirror's business and always right.)
 */
import { EditorState, Text, type Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { fromServer } from "../texts/section-text";

const BREAK = /\r\n?|\n/;

/** Pasted text brings the line endings of where it comes from. */
const pasting = EditorView.clipboardInputFilter.of((text, state) =>
  text.split(BREAK).join(state.lineBreak),
);

/**
 * A CRLF text splits inserted strings at CRLF only, so a snippet's "\n" would end up inside a
 * line; it becomes a line break here. Undo is left alone: it puts back what was there.
 */
const inserting = EditorState.transactionFilter.of((transaction) => {
  if (!transaction.docChanged || transaction.startState.lineBreak === "\n") return transaction;
  if (transaction.annotation(fromServer) || transaction.isUserEvent("undo")) return transaction;
  if (transaction.isUserEvent("redo")) return transaction;
  let astray = false;
  const changes: { from: number; to: number; insert: Text }[] = [];
  transaction.changes.iterChanges((from, to, _fromB, _toB, inserted) => {
    const lines = inserted.toJSON().flatMap((line) => line.split(BREAK));
    if (lines.length !== inserted.lines) astray = true;
    changes.push({ from, to, insert: Text.of(lines) });
  });
  if (!astray) return transaction;
  const { effects, scrollIntoView } = transaction;
  return { changes, effects, scrollIntoView, selection: transaction.selection };
});

export const lineBreaks: Extension = [pasting, inserting];
