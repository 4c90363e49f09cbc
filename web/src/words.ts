/**
 * Counts the words a reader would see in a LaTeX source, without running TeX.
 *
 * The server counts with the same rule (`src/domain/words.rs`), so that the outline's numbers do
 * not jump when a section is opened; `tests/golden/words.json` holds both to it.
 */

/** An escaped character is kept (and with it `\%`); an unescaped `%` goes with the rest of its line. */
const COMMENT = /(\\[^])|%[^\n]*/gu;

const OPTIONS = String.raw`(?:\[[^\[\]]*\])*`;

/** Commands whose argument is not prose; all that begin with `cite` are among them. */
const TECHNICAL =
  "begin|end|label|ref|eqref|cref|Cref|autoref|pageref|input|include|includegraphics|" +
  "bibliography|bibliographystyle|usepackage|documentclass|cite[A-Za-z]*";

/** In one pass, so that the second backslash of a line break begins no command. */
const COMMAND = new RegExp(
  [
    String.raw`\\(?:${TECHNICAL})(?![A-Za-z])\*?${OPTIONS}\{[^{}]*\}`,
    String.raw`\\[A-Za-z]+\*?${OPTIONS}`,
    String.raw`\\\\${OPTIONS}`,
    String.raw`\\[^]`,
  ].join("|"),
  "gu",
);

/** Escapes within a word: accents (`caf\'e`), `\-`, `\&`. Every other command ends the word. */
const INSIDE_WORD = /^\\[^A-Za-z\\\p{White_Space}]/u;

const SEPARATOR = /[{}~$&_^]/gu;

/** `White_Space` and `Alphabetic` are what Rust's `char::is_whitespace` and `is_alphabetic` mean. */
const GAP = /\p{White_Space}+/u;
const LETTER_OR_DIGIT = /[\p{Alphabetic}\p{N}]/u;

/** Number of words in `tex`. */
export function countWords(tex: string): number {
  const prose = tex
    .replace(COMMENT, "$1")
    .replace(COMMAND, (command) => (INSIDE_WORD.test(command) ? "" : " "))
    .replace(SEPARATOR, " ");
  // Split and test rather than match whole words: a match would backtrack over long rules of dashes.
  return prose.split(GAP).filter((run) => LETTER_OR_DIGIT.test(run)).length;
}
