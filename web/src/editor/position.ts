/** Where the cursor is, the way people count: lines and columns from 1, characters not code units. */
import type { EditorState } from "@codemirror/state";

export interface Position {
  line: number;
  column: number;
}

export function positionOf(state: EditorState): Position {
  const { head } = state.selection.main;
  const line = state.doc.lineAt(head);
  // Spreading a string counts code points, so an emoji is one column.
  const column = [...line.text.slice(0, head - line.from)].length + 1;
  return { line: line.number, column };
}
