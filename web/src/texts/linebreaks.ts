/**
 * Line endings, kept byte for byte.
 *
 * CodeMirror holds a text as lines and joins them with one separator. A file whose breaks are all
 * CRLF gets that separator; in every other file LF is the separator and a stray CR stays a
 * character of its line. Either way joining gives the very bytes that were read.
 */
import { Text } from "@codemirror/state";

export type Separator = "\n" | "\r\n";

/** A lone LF, or a CR that no LF follows. */
const NOT_CRLF = /(?<!\r)\n|\r(?!\n)/;

/** The separator with which `content` is split into lines. */
export function separatorOf(content: string): Separator {
  return content.includes("\r\n") && !NOT_CRLF.test(content) ? "\r\n" : "\n";
}

/** Whether splitting and joining `content` with `separator` is faithful and leaves lines clean. */
export function fits(content: string, separator: Separator): boolean {
  return separator === "\n" || !NOT_CRLF.test(content);
}

/** `content` as lines. Never by `Text.of(split(/\r?\n/))`: that would forget which it was. */
export function linesOf(content: string, separator: Separator): Text {
  return Text.of(content.split(separator));
}

/** `text` as the file has it. */
export function join(text: Text, separator: Separator): string {
  return text.sliceString(0, text.length, separator);
}
