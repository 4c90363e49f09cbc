/**
 * Shows characters one cannot see and LaTeX stumbles over (zero-width spaces, control
 * characters). CodeMirror's own list, without CR: in a file with mixed line endings it would mark
 * every other line.
 */
import { highlightSpecialChars } from "@codemirror/view";

const INVISIBLE =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028\u2029\u202d\u202e\u2066\u2067\u2069\ufeff\ufff9-\ufffc]/g;

export const specialChars = highlightSpecialChars({ specialChars: INVISIBLE });
