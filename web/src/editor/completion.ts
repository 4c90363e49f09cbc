/** What LaTeX offers while one types: only after a backslash and two letters, or on Ctrl+Space. */
import {
  snippet,
  type Completion,
  type CompletionContext,
  type CompletionResult,
} from "@codemirror/autocomplete";
import { latexCompletionSource } from "codemirror-lang-latex";

const source = latexCompletionSource(false);

/** Commands of little use without an argument: the cursor goes into its braces. */
const WITH_BRACES = new Set(
  `section subsection subsubsection paragraph subparagraph chapter part textbf textit texttt textsc
  textsf textrm emph underline footnote caption label ref eqref pageref cref Cref autoref cite citep
  citet citeauthor citeyear input include includegraphics bibliography bibliographystyle url title
  author date mathrm mathbf mathit mathcal mathbb mathsf sqrt hat bar vec tilde dot overline text`
    .split(/\s+/)
    .map((name) => `\\${name}`),
);

const braces = new Map([...WITH_BRACES].map((command) => [command, snippet(`${escaped(command)}{\${}}`)]));

/** A backslash is an escape in snippet templates. */
function escaped(command: string): string {
  return command.replace("\\", "\\\\");
}

function improved(option: Completion): Completion {
  const apply = braces.get(option.label);
  return apply ? { ...option, apply } : option;
}

export function completions(context: CompletionContext): CompletionResult | null {
  const typed = context.matchBefore(/\\[a-zA-Z]{2,}|\\(?:begin|end)\{[a-zA-Z]*/);
  const found = typed || context.explicit ? source(context) : null;
  if (!found) return null;
  // The package offers `\section` and `\section{...}`; one is enough.
  const options = found.options.filter(({ label }) => !label.endsWith("{...}")).map(improved);
  return { ...found, options };
}
