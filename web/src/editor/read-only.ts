/**
 * A text one may only read. It can still be walked through by keyboard, selected, searched and
 * copied; it becomes writable, and back, in the very page.
 */
import { Compartment, EditorState, type Extension, type StateEffect } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { fromServer } from "../texts/section-text";

/** One for all texts: each has its own setting of it. */
const slot = new Compartment();

/** Before the other extensions: its description of the text is the one that counts. */
export function reading(only: boolean): Extension {
  return slot.of(only ? closed : []);
}

/** For a text made with `reading`. */
export function setReading(only: boolean): StateEffect<unknown> {
  return slot.reconfigure(only ? closed : []);
}

const closed: Extension = [
  EditorState.readOnly.of(true),
  // No caret of the browser's and no keyboard on a phone; what is focused is still the text.
  EditorView.editable.of(false),
  EditorView.contentAttributes.of({ tabindex: "0", "aria-description": "You can only read this text." }),
  // Not every command of every package asks; what others write must still get in.
  EditorState.changeFilter.of((transaction) => transaction.annotation(fromServer) === true),
];
