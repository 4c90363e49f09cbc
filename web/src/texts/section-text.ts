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

/** A text on its way to the server, or sent and never answered. */
interface Sent {
  doc: Text;
  content: string;
  /** What was typed since, from `doc` to the current text. */
  since: ChangeSet;
}

/** How many sent and never answered texts are remembered. */
const UNANSWERED = 4;

export class SectionText {
  state: EditorState;
  /** The version the next save is based on. */
  version: number;
  /** The text of that version; `null` for a draft, whose base only the server has. */
  private base: Text | null;
  private sent: Sent | null = null;
  /**
   * Sent, and nobody knows whether they arrived. The first is said again, word for word, before
   * anything newer: only its answer tells on what the newer text is based.
   */
  private unanswered: Sent[] = [];
  /** Deleted by the writer's own wish: nothing here is owed to anybody any more. */
  gone = false;
  /** The server has no section of this name any more, though nobody here wished that. */
  vanished = false;
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
    if (this.gone) return false;
    return !this.base || this.unanswered.length > 0 || !this.state.doc.eq(this.base);
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
    return this.sent?.content ?? this.unanswered.at(-1)?.content ?? null;
  }

  /** Takes up a text that an earlier page could not send. The server merges it from its version. */
  adopt(draft: Revision & { sent?: string | null }): void {
    const annotations = [fromServer.of(true), Transaction.addToHistory.of(false)];
    this.apply({ ...this.replacing(draft.content), annotations });
    this.version = draft.version;
    this.base = null;
    const { doc } = this.state;
    this.unanswered = [{ doc, content: draft.content, since: ChangeSet.empty(doc.length) }];
    if (typeof draft.sent !== "string" || draft.sent === draft.content) return;
    const sent = this.understand(draft.sent);
    const since = difference(sent, this.state.doc);
    this.unanswered.push({ doc: sent, content: draft.sent, since });
  }

  /** Takes note of what the editor did. `state` must always be the editor's. */
  accept(transaction: Transaction): void {
    this.state = transaction.state;
    if (!transaction.docChanged) return;
    for (const sent of this.out) sent.since = sent.since.compose(transaction.changes);
    if (this.scroll) this.scroll = this.scroll.map(transaction.changes) ?? null;
    if (transaction.annotation(fromServer)) return;
    this.refusal = null;
    this.edited(this);
  }

  /** Starts a save and gives what to send: what got no answer, or else the text as it is. */
  send(): Revision {
    this.sent = this.unanswered[0] ?? this.now();
    return { content: this.sent.content, version: this.version };
  }

  /** Gives the newest text to be sent without waiting for the answer; see `Saving.leave`. */
  sendOff(): Revision {
    const now = this.now();
    if (this.unanswered.at(-1)?.content !== now.content) this.remember(now);
    return { content: now.content, version: this.version };
  }

  /**
   * The save was answered: what was sent, or what the server made of it, is on disk. That may be
   * a text sent later from here, whose own answer got lost: then that one has arrived.
   */
  acknowledge({ version, content }: Pick<Written, "version" | "content">): void {
    const sent = this.unanswered.find((one) => one.content === content) ?? this.sent;
    if (!sent || !this.sent) return;
    this.sent = null;
    this.unanswered = [];
    this.vanished = false;
    this.version = version;
    this.base = sent.doc;
    if (content !== undefined && content !== sent.content) this.takeIn(content, sent);
  }

  /** No answer came: whether the text arrived is unknown. */
  lost(): void {
    if (this.sent && !this.unanswered.includes(this.sent)) this.remember(this.sent);
    this.sent = null;
  }

  /** The server said no, and keeps what it had. */
  refuse(sentence: string | null): void {
    const { sent } = this;
    this.sent = null;
    if (this.gone) return;
    const again = sent !== null && this.unanswered.includes(sent);
    if (sentence !== null) this.unanswered = this.unanswered.filter((one) => one !== sent);
    // A no to what was said again is no verdict on what has been written since.
    this.refusal = again && !this.state.doc.eq(sent.doc) ? null : sentence;
  }

  /** The server has no such section: this is kept here until the writer decides. */
  vanish(sentence: string): void {
    this.sent = null;
    if (this.gone) return;
    this.refusal = sentence;
    this.vanished = true;
  }

  /** The section is called otherwise now: what was refused by its old name can be sent again. */
  renamed(): void {
    if (!this.vanished) return;
    this.vanished = false;
    this.refusal = null;
  }

  /** There is a section of this name again: this text goes over what it begins with. */
  revive(revision: Revision): void {
    this.vanished = false;
    this.refusal = null;
    this.rebaseOn(revision);
  }

  /** The writer wants neither the section nor what was typed in it. */
  discard(): void {
    this.gone = true;
    this.sent = this.conflict = this.refusal = null;
    this.unanswered = [];
    this.vanished = false;
  }

  /**
   * The server's text changed at the same place. If that "other" text is one that was sent from
   * here, whose answer got lost, there is nothing to choose: go on from it.
   */
  clash(other: Revision): void {
    const known = this.unanswered.some((one) => one.content === other.content);
    const own = other.content === this.content || known;
    this.sent = null;
    if (this.gone) return;
    this.vanished = false;
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

  /** The server's text now is `content`; what was typed since `sent` stays. */
  private takeIn(content: string, sent = this.now()): void {
    const effects = this.tighten(content, sent);
    const theirs = this.understand(content, sent);
    this.base = theirs;
    this.apply({
      effects,
      changes: incoming(sent.doc, sent.since, theirs),
      annotations: [fromServer.of(true), Transaction.addToHistory.of(false)],
    });
  }

  /** `content` as lines that can stand beside those held here. */
  private understand(content: string, ...also: Sent[]): Text {
    if (!fits(content, this.separator)) this.loosen(also);
    return linesOf(content, this.separator);
  }

  /** From LF to CRLF, where a file has been converted and nothing typed here is beside it. */
  private tighten(content: string, sent: Sent): StateEffect<unknown>[] {
    const converted = this.separator === "\n" && separatorOf(content) === "\r\n";
    if (!converted || !this.state.doc.eq(sent.doc)) return [];
    this.separator = "\r\n";
    return [this.separatorSlot.reconfigure(EditorState.lineSeparator.of("\r\n"))];
  }

  /** From CRLF to LF as separator, the bytes unchanged: breaks are mixed, so CR is a character. */
  private loosen(also: Sent[]): void {
    const again = (text: Text) => linesOf(join(text, this.separator), "\n");
    const [base, doc] = [this.base && again(this.base), this.state.doc];
    const sent = [...new Set([...this.out, ...also])];
    const docs = sent.map((one) => again(one.doc));
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
    sent.forEach((one, at) => {
      one.doc = docs[at] ?? one.doc;
      one.since = difference(one.doc, this.state.doc);
    });
  }

  /** All that was sent and not answered. */
  private get out(): Set<Sent> {
    return new Set(this.sent ? [this.sent, ...this.unanswered] : this.unanswered);
  }

  private now(): Sent {
    const { doc } = this.state;
    return { doc, content: this.content, since: ChangeSet.empty(doc.length) };
  }

  private remember(sent: Sent): void {
    // Not the first: that is the one to be said again.
    if (this.unanswered.length === UNANSWERED) this.unanswered.splice(1, 1);
    this.unanswered.push(sent);
  }

  private replacing(content: string): TransactionSpec {
    const separator = separatorOf(content);
    const effects = this.separatorSlot.reconfigure(EditorState.lineSeparator.of(separator));
    this.separator = separator;
    const insert = linesOf(content, separator);
    return { changes: { from: 0, to: this.state.doc.length, insert }, effects };
  }
}
