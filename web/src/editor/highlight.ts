/** Four tones, as on the sketch: commands, arguments, comments, and everything else as it is. */
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { styleTags, Tag, tags } from "@lezer/highlight";

const command = Tag.define();
const argument = Tag.define();
const heading = Tag.define();
const verbatim = Tag.define();

/** The grammar has a node type for nearly every command; to the eye they are all commands. */
const commands = `
  CtrlSeq CtrlSym Csname Begin End RefCtrlSeq RefStarrableCtrlSeq CiteCtrlSeq CiteStarrableCtrlSeq
  LabelCtrlSeq MathTextCtrlSeq HboxCtrlSeq TitleCtrlSeq DocumentClassCtrlSeq UsePackageCtrlSeq
  HrefCtrlSeq UrlCtrlSeq VerbCtrlSeq LstInlineCtrlSeq IncludeGraphicsCtrlSeq IncludeSvgCtrlSeq
  CaptionCtrlSeq DefCtrlSeq LetCtrlSeq LeftCtrlSeq RightCtrlSeq NewCommandCtrlSeq
  RenewCommandCtrlSeq NewEnvironmentCtrlSeq RenewEnvironmentCtrlSeq BookCtrlSeq PartCtrlSeq
  ChapterCtrlSeq SectionCtrlSeq SubSectionCtrlSeq SubSubSectionCtrlSeq ParagraphCtrlSeq
  SubParagraphCtrlSeq InputCtrlSeq IncludeCtrlSeq SubfileCtrlSeq ItemCtrlSeq NewTheoremCtrlSeq
  TheoremStyleCtrlSeq CenteringCtrlSeq BibliographyCtrlSeq BibliographyStyleCtrlSeq AuthorCtrlSeq
  AffilCtrlSeq AffiliationCtrlSeq DateCtrlSeq MaketitleCtrlSeq TextColorCtrlSeq ColorBoxCtrlSeq
  HLineCtrlSeq TopRuleCtrlSeq MidRuleCtrlSeq BottomRuleCtrlSeq MultiColumnCtrlSeq ParBoxCtrlSeq
  TextBoldCtrlSeq TextItalicCtrlSeq TextSmallCapsCtrlSeq TextTeletypeCtrlSeq TextMediumCtrlSeq
  TextSansSerifCtrlSeq TextSuperscriptCtrlSeq TextSubscriptCtrlSeq TextStrikeOutCtrlSeq
  EmphasisCtrlSeq UnderlineCtrlSeq SetLengthCtrlSeq FootnoteCtrlSeq EndnoteCtrlSeq
  OpenParenCtrlSym CloseParenCtrlSym OpenBracketCtrlSym CloseBracketCtrlSym LineBreakCtrlSym
  Dollar Ampersand Tilde`;

const environments = `
  EnvName DocumentEnvName TabularEnvName EquationEnvName EquationArrayEnvName VerbatimEnvName
  TikzPictureEnvName FigureEnvName ListEnvName TableEnvName`;

/** Arguments that name something, rather than being prose. */
const names = `
  BibKeyArgument/... RefArgument/... LabelArgument/... LiteralArgContent
  SpaceDelimitedLiteralArgContent PackageArgument/... DocumentClassArgument/...
  BibliographyArgument/... BibliographyStyleArgument/...`;

export const latexStyleTags = styleTags({
  [words(commands)]: command,
  [words(environments)]: argument,
  [words(names)]: argument,
  "OpenBrace CloseBrace OpenBracket CloseBracket": tags.bracket,
  "SectioningArgument/LongArg/...": heading,
  "VerbContent VerbatimContent LstInlineContent": verbatim,
  Comment: tags.comment,
});

function words(list: string): string {
  return list.trim().replace(/\s+/g, " ");
}

export const highlighting = syntaxHighlighting(
  HighlightStyle.define([
    { tag: command, color: "var(--tex-command)" },
    { tag: argument, color: "var(--tex-argument)" },
    { tag: tags.bracket, color: "var(--ink)" },
    { tag: heading, fontWeight: "600" },
    { tag: verbatim, color: "var(--soft)" },
    { tag: tags.comment, color: "var(--tex-comment)", fontStyle: "italic" },
  ]),
);
