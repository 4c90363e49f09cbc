/** What the editor shows while a text is on its way: nothing, and nothing can be typed into it. */
import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { look } from "./look";

export function blankState(nonce: string): EditorState {
  return EditorState.create({
    extensions: [
      EditorState.readOnly.of(true),
      EditorView.cspNonce.of(nonce),
      EditorView.contentAttributes.of({ "aria-label": "Loading", "aria-busy": "true" }),
      look,
    ],
  });
}
