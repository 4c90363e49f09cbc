/** Enter after `\begin{x}` writes the `\end{x}`, unless there is one already. */
import { insertNewlineKeepIndent } from "@codemirror/commands";
import { EditorSelection, type EditorState } from "@codemirror/state";
import { keymap, type Command } from "@codemirror/view";

const OPENING = /\\begin\{([A-Za-z]+\*?)\}(?:\[[^\]]*\]|\{[^{}]*\})*\s*$/;

/** Whether more environments of this name are opened than closed. */
function open(state: EditorState, name: string): boolean {
  const text = state.sliceDoc();
  const count = (what: string) => text.split(`\\${what}{${name}}`).length - 1;
  return count("begin") > count("end");
}

const closeEnvironment: Command = ({ state, dispatch }) => {
  const { main } = state.selection;
  if (!main.empty || state.selection.ranges.length > 1 || state.readOnly) return false;
  const line = state.doc.lineAt(main.head);
  if (main.head !== line.to) return false;
  const name = OPENING.exec(line.text)?.[1];
  if (!name || !open(state, name)) return false;
  const indent = /^\s*/.exec(line.text)?.[0] ?? "";
  const insert = state.toText(`${state.lineBreak}${indent}${state.lineBreak}${indent}\\end{${name}}`);
  dispatch(
    state.update({
      changes: { from: main.head, insert },
      selection: EditorSelection.cursor(main.head + 1 + indent.length),
      scrollIntoView: true,
      userEvent: "input",
    }),
  );
  return true;
};

/** Otherwise Enter keeps the line's indentation and adds none. */
export const environments = keymap.of([
  { key: "Enter", run: (view) => closeEnvironment(view) || insertNewlineKeepIndent(view) },
]);
