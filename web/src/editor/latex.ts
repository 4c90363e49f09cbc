/** LaTeX as CodeMirror sees it: grammar, comments, brackets, completion. */
import { autocompletion } from "@codemirror/autocomplete";
import { LanguageSupport, LRLanguage } from "@codemirror/language";
import type { Extension } from "@codemirror/state";
import { parser } from "codemirror-lang-latex";
import { completions } from "./completion";
import { latexStyleTags } from "./highlight";

/**
 * The package's grammar with names of our own for what is coloured. Its linter is left out: a
 * section has no `\begin{document}` and cites what other files define, so most of what it says
 * about a section would be false. Its indentation too: LaTeX paragraphs in an environment are
 * not indented by most people.
 */
const language = LRLanguage.define({
  name: "latex",
  parser: parser.configure({ props: [latexStyleTags] }),
  languageData: {
    commentTokens: { line: "%" },
    // No quotes: an apostrophe is not the beginning of anything.
    closeBrackets: { brackets: ["{", "[", "("] },
    wordChars: "-",
  },
});

export function latex(): Extension {
  return [
    new LanguageSupport(language),
    autocompletion({ override: [completions], icons: false, maxRenderedOptions: 40 }),
  ];
}
