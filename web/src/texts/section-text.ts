/**
 * One section's text in this page: what is typed, what the server is known to have, and what is
 * on its way there.
 *
 * Invariants: nothing here ever replaces words typed in this page; an answer is applied only to
 * the text it was asked for. Knows no HTTP and no timers, see `saving.ts`.
 */
import {
  Annotation,
  ChangeSet,
  Compartment,
  EditorState,
  Transaction,
  type Extension,
  type StateEffect,
  type Text,
  type TransactionSpec,
} from "@codemirror/state";
import type { EditorView } from "@codemirror/view";
import type { Revision, SectionId, Written } from "../types";
import { fits, join, linesOf, separatorOf, type Separator } from "./linebreaks";
import { difference, incoming } from "./rebase";

/** Marks changes that came from the server: they are no edits of this page. */
export const fromServer = Annotation.define<boolean>();

/** A save under way. */
interface Sent {
  doc: Text;
  content: string;
  /** What was typed since, from `doc` to the current text. */
  since: ChangeSet;
}

/** How many sent and never answered texts are remembered, see `recognises`. */
const UNANSWERED = 4;

export class SectionText {
  state: EditorState;
  /** The version the next save is based on. */
  version: number;
  /** The text of that version; `null` for a draft, whose base only the server has. */
  private base: Text | null;
  private sent: Sent | null = null;
  private unanswered: string[] = [];
  /** The other text, where the server could not merge; saving waits for the writer's choice. */
  conflict: Revision | null = null;
  /** The server's sentence about the last save, until an edit may have mended it. */
  refusal: string | null = null;
  /** The editor that shows this text just now. */
  view: EditorView | null = null;
  /** Where the view was scrolled to when it was left. */
  scroll: StateEffect<unknown> | null = null;
  private separator: Separator;
  private readonly separatorSlot = new Compartment();

  constructor(
    public id: SectionId,
    revision: Revision,
    extensions: Extension,
    /** Called after each edit made in this page, not after the server's. */
    private readonly edited: (text: SectionText) => void = () => {},
  ) {
    this.version = revision.version;
    this.separator = separatorOf(revision.content);
    const doc = linesOf(revision.content, this.separator);
    this.base = doc;
    this.state = EditorState.create({
      doc,
      extensions: [this.separatorSlot.of(EditorState.lineSeparator.of(this.separator)), extensions],
    });
  }

  /** The text as it would be on disk. */
  get content(): string {
    return this.state.sliceDoc();
  }

  /** Whether something here is not known to be on the server. */
  get unsaved(): boolean {
    return !this.base || !this.state.doc.eq(this.base);
  }

  get sending(): boolean {
    return this.sent !== null;
  }

  /** Whether there is something a save should be sent for right now. */
  get due(): boolean {
    return !this.sent && !this.conflict && !this.refusal && this.unsaved;
  }

  /** Whether words were typed since the save that is under way. */
  get ahead(): boolean {
    return this.sent !== null && !this.state.doc.eq(this.sent.doc);
  }

  /** The text last sent without an answer, to be kept with the draft. */
  get lastSent(): string | null {
    return this.sent?.content ?? this.unanswered.at(-1) ?? null;
  }

  /** Takes up a text that an earlier page could not send. The server merges it from its version. */
  adopt(draft: Revision & { sent?: string | null }): void {
    const annotations = [fromServer.of(true), Transaction.addToHistory.of(false)];
    this.apply({ ...this.replacing(draft.content), annotations });
    this.version = draft.version;
    this.base = null;
    if (draft.sent) this.unanswered = [draft.sent];
  }

  /** Takes note of what the editor did. `state` must always be the editor's. */
  accept(transaction: Transaction): void {
    this.state = transaction.state;
    if (!transaction.docChanged) return;
    if (this.sent) this.sent.since = this.sent.since.compose(transaction.changes);
    if (this.scroll) this.scroll = this.scroll.map(transaction.changes) ?? null;
    if (transaction.annotation(fromServer)) return;
    this.refusal = null;
    this.edited(this);
  }

  /** Starts a save and gives what to send. */
  send(): Revision {
    const { doc } = this.state;
    const content = this.content;
    this.sent = { doc, content, since: ChangeSet.empty(doc.length) };
    return { content, version: this.version };
  }

  /** The save was answered: what was sent, or what the server made of it, is on disk. */
  acknowledge({ version, content }: Pick<Written, "version" | "content">): void {
    const sent = this.sent;
    if (!sent) return;
    this.unanswered = [];
    this.version = version;
    this.base = sent.doc;
    if (content !== undefined && content !== sent.content) this.takeIn(content);
    this.sent = null;
  }

  /** No answer came: whether the text arrived is unknown. */
  lost(): void {
    if (!this.sent) return;
    this.unanswered = [...this.unanswered, this.sent.content].slice(-UNANSWERED);
    this.sent = null;
  }

  /** The server said no, and keeps what it had. */
  refuse(sentence: string | null): void {
    this.sent = null;
    this.refusal = sentence;
  }

  /**
   * The server's text changed at the same place. If that "other" text is one that was sent from
   * here, whose answer got lost, there is nothing to choose: go on from it.
   */
  clash(other: Revision): void {
    const own = other.content === this.content || this.unanswered.includes(other.content);
    this.sent = null;
    if (own) this.rebaseOn(other);
    else this.conflict = other;
  }

  /** "Keep my text": mine goes over theirs, which stays in the history. */
  keepMine(): void {
    if (this.conflict) this.rebaseOn(this.conflict);
  }

  /**
   * Puts the other text in place of the one just saved, keeping what was typed since then. An
   * ordinary edit: it can be undone, and is saved as the next version.
   */
  takeTheirs(other: string): void {
    if (!this.base) return;
    const theirs = this.understand(other);
    const since = difference(this.base, this.state.doc);
    this.apply({ changes: incoming(this.base, since, theirs), userEvent: "input.choose" });
  }

  /** A newer text from the server, for a section in which nothing is waiting. Others ignore it. */
  refresh(revision: Revision): void {
    if (this.unsaved || this.sent || this.conflict || revision.version <= this.version) return;
    this.version = revision.version;
    if (revision.content !== this.content) {
      this.takeIn(revision.content);
    }
  }

  /** Runs a change through the view if this text is on screen, so that both stay the same. */
  apply(spec: TransactionSpec): void {
    if (this.view) this.view.dispatch(spec);
    else this.accept(this.state.update(spec));
  }

  private rebaseOn(other: Revision): void {
    this.version = other.version;
    this.base = this.understand(other.content);
    this.conflict = null;
    this.unanswered = [];
  }

  /** The server's text now is `content`; what was typed since the save, if one is out, stays. */
  private takeIn(content: string): void {
    const theirs = this.understand(content);
    const from = this.base ?? this.state.doc;
    const since = this.sent?.since ?? ChangeSet.empty(from.length);
    this.base = theirs;
    this.apply({
      changes: incoming(from, since, theirs),
      annotations: [fromServer.of(true), Transaction.addToHistory.of(false)],
    });
  }

  /** `content` as lines that can stand beside those held here. */
  private understand(content: string): Text {
    if (!fits(content, this.separator)) this.loosen();
    return linesOf(content, this.separator);
  }

  /** From CRLF to LF as separator, the bytes unchanged: breaks are mixed, so CR is a character. */
  private loosen(): void {
    const again = (text: Text) => linesOf(join(text, this.separator), "\n");
    const [base, sent, doc] = [this.base && again(this.base), this.sent?.doc, this.state.doc];
    const sentAgain = sent && again(sent);
    const changes = [];
    for (let line = 1; line < doc.lines; line++) {
      changes.push({ from: doc.line(line).to, insert: "\r" });
    }
    this.separator = "\n";
    this.apply({
      changes,
      effects: this.separatorSlot.reconfigure(EditorState.lineSeparator.of("\n")),
      annotations: [fromServer.of(true), Transaction.addToHistory.of(false)],
    });
    this.base = base;
    if (this.sent && sentAgain) {
      this.sent = { ...this.sent, doc: sentAgain, since: difference(sentAgain, this.state.doc) };
    }
  }

  private replacing(content: string): TransactionSpec {
    const separator = separatorOf(content);
    const effects = this.separatorSlot.reconfigure(EditorState.lineSeparator.of(separator));
    this.separator = separator;
    const insert = linesOf(content, separator);
    return { changes: { from: 0, to: this.state.doc.length, insert }, effects };
  }
}
