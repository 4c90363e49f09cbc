/** Ctrl+B and Ctrl+I: the selection in bold or in italics, and back. */
import { EditorSelection } from "@codemirror/state";
import { keymap, type Command } from "@codemirror/view";

/** Puts each selection into `\command{…}`, or takes it out if it stands in one. */
function toggle(command: string): Command {
  const opening = `\\${command}{`;
  return ({ state, dispatch }) => {
    if (state.readOnly) return false;
    const changes = state.changeByRange((range) => {
      const before = range.from - opening.length;
      const wrapped =
        state.sliceDoc(Math.max(before, 0), range.from) === opening &&
        state.sliceDoc(range.to, range.to + 1) === "}";
      if (wrapped) {
        return {
          changes: [
            { from: before, to: range.from },
            { from: range.to, to: range.to + 1 },
          ],
          range: EditorSelection.range(before, range.to - opening.length),
        };
      }
      return {
        changes: [
          { from: range.from, insert: opening },
          { from: range.to, insert: "}" },
        ],
        range: EditorSelection.range(range.from + opening.length, range.to + opening.length),
      };
    });
    dispatch(state.update(changes, { userEvent: "input", scrollIntoView: true }));
    return true;
  };
}

export const emphasis = keymap.of([
  { key: "Mod-b", run: toggle("textbf") },
  { key: "Mod-i", run: toggle("emph") },
]);
