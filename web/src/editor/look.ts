/** The editor's own parts in the page's ink. Colours are variables, so light and dark are one. */
import { EditorView } from "@codemirror/view";

export const look = EditorView.theme({
  "&": { height: "100%", fontSize: "var(--text-size)", backgroundColor: "var(--paper)", color: "var(--ink)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": {
    fontFamily: "var(--mono)",
    lineHeight: "1.75",
    overflow: "auto",
    overscrollBehavior: "contain",
  },
  ".cm-content": {
    padding: "18px 0 40vh",
    caretColor: "var(--ink)",
  },
  // Long lines are hard to read: they wrap at 88 characters, however wide the column.
  ".cm-line": { padding: "0 max(16px, 100% - 88ch - 16px) 0 16px" },
  ".cm-gutters": { backgroundColor: "var(--paper)", color: "var(--faint)", border: "none" },
  ".cm-lineNumbers .cm-gutterElement": {
    minWidth: "46px",
    padding: "0 4px 0 12px",
    fontSize: "0.86em",
    lineHeight: "calc(1.75em / 0.86)",
    fontVariantNumeric: "tabular-nums",
  },
  ".cm-activeLine": { backgroundColor: "var(--active-line)" },
  ".cm-activeLineGutter": { backgroundColor: "var(--active-line)", color: "var(--soft)" },
  ".cm-cursor, .cm-dropCursor": { borderLeft: "2px solid var(--accent)", marginLeft: "-1px" },
  ".cm-selectionBackground, &.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground":
    { backgroundColor: "var(--selected-text)" },
  ".cm-matchingBracket, &.cm-focused .cm-matchingBracket": {
    backgroundColor: "var(--selection)",
    outline: "1px solid var(--line-strong)",
  },
  ".cm-nonmatchingBracket, &.cm-focused .cm-nonmatchingBracket": { backgroundColor: "transparent" },
  ".cm-specialChar": { color: "var(--bad)" },
  ".cm-searchMatch": { backgroundColor: "var(--found)", borderRadius: "2px" },
  ".cm-searchMatch-selected": { backgroundColor: "var(--found-now)" },
  ".cm-selectionMatch": { backgroundColor: "var(--selection)" },
  ".cm-panels": { backgroundColor: "var(--canvas)", color: "var(--ink)", border: "none" },
  ".cm-panels-top": { borderBottom: "1px solid var(--line)" },
  ".cm-tooltip": {
    backgroundColor: "var(--paper)",
    color: "var(--ink)",
    border: "1px solid var(--line-strong)",
    borderRadius: "8px",
    boxShadow: "var(--shadow)",
    overflow: "hidden",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--mono)", maxHeight: "13em", padding: "4px" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": {
    padding: "2px 8px",
    borderRadius: "5px",
    lineHeight: "1.6",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": {
    backgroundColor: "var(--selection)",
    color: "var(--accent)",
  },
  ".cm-completionDetail": { fontFamily: "var(--face)", fontStyle: "normal", color: "var(--soft)" },
  ".cm-completionMatchedText": { textDecoration: "none", fontWeight: "600" },
  ".cm-tooltip.cm-completionInfo": { padding: "6px 10px", fontFamily: "var(--face)", fontSize: "12px" },
});
