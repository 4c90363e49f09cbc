/** Find and replace, in a strip above the text. CodeMirror's panel; the words and clothes are ours. */
import { search } from "@codemirror/search";
import { EditorState, type Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";

const words = EditorState.phrases.of({
  Find: "Find",
  Replace: "Replace with",
  next: "Next",
  previous: "Previous",
  all: "Select all",
  "match case": "Match case",
  regexp: "Pattern",
  "by word": "Whole words",
  replace: "Replace",
  "replace all": "Replace all",
  close: "Close",
});

const clothes = EditorView.theme({
  ".cm-panel.cm-search": {
    display: "flex",
    flexWrap: "wrap",
    alignItems: "center",
    gap: "6px",
    padding: "7px 40px 7px 16px",
    fontFamily: "var(--face)",
    fontSize: "12.5px",
  },
  ".cm-panel.cm-search br": { display: "none" },
  ".cm-panel.cm-search input, .cm-panel.cm-search button, .cm-panel.cm-search label": { margin: "0" },
  ".cm-panel.cm-search .cm-textfield": {
    width: "200px",
    minHeight: "28px",
    padding: "3px 9px",
    border: "1px solid var(--line-strong)",
    borderRadius: "var(--radius)",
    backgroundColor: "var(--paper)",
    fontSize: "inherit",
  },
  ".cm-panel.cm-search .cm-button": {
    minHeight: "28px",
    padding: "3px 10px",
    border: "1px solid var(--line-strong)",
    borderRadius: "var(--radius)",
    backgroundColor: "var(--paper)",
    backgroundImage: "none",
    color: "var(--ink)",
    fontSize: "inherit",
    cursor: "pointer",
    "&:hover": { backgroundColor: "var(--hover)" },
    "&:active": { backgroundImage: "none" },
  },
  ".cm-panel.cm-search label": {
    display: "inline-flex",
    alignItems: "center",
    gap: "5px",
    marginRight: "6px",
    color: "var(--soft)",
    fontSize: "inherit",
    fontWeight: "400",
  },
  ".cm-panel.cm-search input[type=checkbox]": { accentColor: "var(--accent)" },
  ".cm-panel.cm-search [name=close]": {
    top: "7px",
    right: "10px",
    width: "28px",
    height: "28px",
    borderRadius: "6px",
    color: "var(--soft)",
    fontSize: "20px",
    cursor: "pointer",
    "&:hover": { backgroundColor: "var(--hover)" },
  },
});

export const searching: Extension = [search({ top: true }), words, clothes];
