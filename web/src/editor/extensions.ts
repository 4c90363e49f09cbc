/** What the editor is made of. Order matters where keys compete: the first binding wins. */
import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching } from "@codemirror/language";
import { highlightSelectionMatches, searchKeymap } from "@codemirror/search";
import { EditorState, type Extension } from "@codemirror/state";
import {
  drawSelection,
  dropCursor,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
  rectangularSelection,
} from "@codemirror/view";
import { emphasis } from "./emphasis";
import { environments } from "./environments";
import { highlighting } from "./highlight";
import { latex } from "./latex";
import { lineBreaks } from "./linebreaks";
import { look } from "./look";
import { searching } from "./searching";
import { specialChars } from "./special-chars";

/** Some people are made dizzy by what moves by itself. */
const still = matchMedia("(prefers-reduced-motion: reduce)");

/**
 * Everything but the text itself. `nonce` lets the editor's style element past the content
 * security policy; `name` is how a screen reader calls the text; it can change
 * (a section is renamed), so it is asked for.
 */
export function editorExtensions(name: () => string, nonce: string): Extension {
  return [
    lineNumbers(),
    highlightActiveLineGutter(),
    specialChars,
    history(),
    drawSelection({ cursorBlinkRate: still.matches ? 0 : 1200 }),
    dropCursor(),
    rectangularSelection(),
    EditorState.allowMultipleSelections.of(true),
    bracketMatching({ brackets: "()[]{}" }),
    closeBrackets(),
    highlightActiveLine(),
    highlightSelectionMatches({ minSelectionLength: 2 }),
    searching,
    latex(),
    highlighting,
    lineBreaks,
    emphasis,
    keymap.of(closeBracketsKeymap),
    environments,
    keymap.of([...searchKeymap, ...historyKeymap, ...defaultKeymap, indentWithTab]),
    EditorView.lineWrapping,
    EditorView.cspNonce.of(nonce),
    EditorView.contentAttributes.of(() => ({
      "aria-label": name(),
      // Tab indents here, so say how to get on.
      "aria-description": "Escape, then Tab leaves the text.",
      tabindex: "0",
      spellcheck: "true",
      autocorrect: "on",
      autocapitalize: "sentences",
    })),
    look,
  ];
}
