/**
 * The writing desk: which section lies on it, and what people do with sections. Joins the texts,
 * the saving and the editor view; the components call it and read `state.ts`.
 */
import type { EditorView } from "@codemirror/view";
import type { EditorState, Transaction } from "@codemirror/state";
import * as api from "./api";
import { positionOf } from "./editor/position";
import { logLoading } from "./log";
import { hashOf, rememberSection } from "./route";
import * as state from "./state";
import type { Saving } from "./saving";
import type { SectionText } from "./texts/section-text";
import type { Shelf } from "./texts/shelf";
import type { SectionId } from "./types";
import { countWords } from "./words";

/** Milliseconds after a keystroke until the words are counted again. */
const COUNT_AFTER = 150;

/** Milliseconds a person is kept waiting for the last save before the page goes elsewhere. */
export const PATIENCE = 2_500;

/** Milliseconds after which a save has certainly been answered or given up. */
const SAVE_LIMIT = api.patience(4 * 1024 * 1024) + 5_000;

/** Where a touch opens a keyboard, the text is not focused unasked. */
const touching = matchMedia("(pointer: coarse)");

export class Desk {
  private view: EditorView | null = null;
  /** Whether the text is to have the focus once it is there. */
  private wanted = false;
  private counting: ReturnType<typeof setTimeout> | undefined;

  constructor(
    readonly project: number,
    readonly shelf: Shelf,
    readonly saving: Saving,
    private readonly blank: EditorState,
    /** Writes down as drafts what is not saved yet. */
    private readonly keep: () => Promise<void>,
  ) {}

  /** The editor's view exists from the first rendering on. */
  attach(view: EditorView): void {
    this.view = view;
    const text = this.onDesk;
    if (text) this.show(text);
  }

  /** For the view's `dispatchTransactions`. */
  dispatch(transactions: readonly Transaction[], view: EditorView): void {
    view.update(transactions);
    const text = this.onDesk;
    if (text?.view !== view) return;
    for (const transaction of transactions) text.accept(transaction);
    state.cursor.value = positionOf(view.state);
    if (transactions.some((transaction) => transaction.docChanged)) this.countSoon(text);
  }

  /** Opens a section; a cached one is on screen before this returns. */
  open(id: SectionId, how: "push" | "replace" | "stay" = "push"): void {
    const before = state.current.value;
    state.pane.value = "text";
    this.wanted = how === "push" && !touching.matches;
    if (before === id && state.shown.value === id) return this.focusIfWanted();
    this.saving.flush();
    state.current.value = id;
    state.problem.value = null;
    if (how === "push" && before !== id) history.pushState(null, "", hashOf(id));
    if (how === "replace") history.replaceState(null, "", hashOf(id));
    rememberSection(this.project, id);
    logLoading(state.session.value?.username ?? "", id);
    const text = this.shelf.get(id);
    if (text) {
      this.show(text);
      void this.shelf.refresh(text);
    } else {
      this.clear();
      void this.fetch(id);
    }
  }

  /** Loads and shows the current section; also the answer to "Try again". */
  async fetch(id: SectionId): Promise<void> {
    try {
      const text = await this.shelf.load(id);
      if (state.current.value === id) this.show(text);
    } catch (problem) {
      if (state.current.value !== id) return;
      const sentence = problem instanceof Error ? problem.message : String(problem);
      if (problem instanceof api.Refusal && problem.status === 401) {
        state.ended.value = { code: problem.code, sentence };
      }
      state.problem.value = { section: id, sentence };
    }
  }

  /** Takes the current text from the screen. */
  private clear(): void {
    this.leave();
    this.view?.setState(this.blank);
    state.shown.value = null;
  }

  private leave(): void {
    const text = this.onDesk;
    if (!text || !this.view || text.view !== this.view) return;
    text.scroll = this.view.scrollSnapshot();
    text.view = null;
  }

  private show(text: SectionText): void {
    state.problem.value = null;
    if (state.shown.value !== text.id) this.leave();
    state.shown.value = text.id;
    this.count(text);
    const view = this.view;
    if (!view || text.view === view) return;
    this.wanted ||= view.hasFocus || (document.activeElement === document.body && !touching.matches);
    view.setState(text.state);
    text.view = view;
    if (text.scroll) view.dispatch({ effects: text.scroll });
    else view.scrollDOM.scrollTop = 0;
    state.cursor.value = positionOf(view.state);
    this.focusIfWanted();
  }

  /** The text on screen. */
  get onDesk(): SectionText | undefined {
    return state.shown.value === null ? undefined : this.shelf.get(state.shown.value);
  }

  /** Looks again at the section on screen, if nothing in it is waiting to be saved. */
  refresh(): void {
    const text = this.onDesk;
    if (text) void this.shelf.refresh(text);
    else if (state.current.value) void this.fetch(state.current.value);
  }

  private focusIfWanted(): void {
    // A text that comes late does not take the focus from what was opened meanwhile.
    if (this.wanted && !document.activeElement?.closest("[popover]")) this.view?.focus();
    this.wanted = false;
  }

  /**
   * Leaves so many pixels free above the text, in place of a line that has gone from there: the
   * text does not move.
   */
  keepRoom(height: number): void {
    this.view?.dom.style.setProperty("--kept-room", `${height}px`);
    this.measure();
  }

  /** Whether the cursor is in the lower half of what one sees of the text. */
  isCursorLow(): boolean {
    const at = this.view?.coordsAtPos(this.view.state.selection.main.head);
    const seen = this.view?.scrollDOM.getBoundingClientRect();
    return at != null && seen !== undefined && at.top > (seen.top + seen.bottom) / 2;
  }

  /** Before the page goes elsewhere: sends what can be sent, and has the rest kept as drafts. */
  async settle(): Promise<void> {
    await this.saving.settle(PATIENCE);
    await Promise.race([this.keep(), new Promise((go) => setTimeout(go, PATIENCE))]);
  }

  /** Layout has changed in a way the editor cannot see (another pane, another text size). */
  measure(): void {
    this.view?.requestMeasure();
  }

  private countSoon(text: SectionText): void {
    clearTimeout(this.counting);
    this.counting = setTimeout(() => this.count(text), COUNT_AFTER);
  }

  private count(text: SectionText): void {
    const words = countWords(text.content);
    state.liveWords.value = state.withEntry(state.liveWords.value, text.id, words);
  }

  /** Puts a text where the cursor is, as if it had been pasted. */
  insert(content: string): void {
    const text = this.onDesk;
    if (!text) return;
    const insert = text.state.toText(content.split(/\r\n?|\n/).join(text.state.lineBreak));
    text.apply({ ...text.state.replaceSelection(insert), userEvent: "input.paste" });
    this.view?.focus();
  }

  /** "Keep my text": it becomes the newest version, the other one stays in the history. */
  keepMine(text: SectionText): void {
    text.keepMine();
    this.saving.touched(text);
    this.saving.flush();
  }

  /**
   * "Use the other text". Mine is saved first, so that it is in the history too; only then does
   * the other take its place, as an edit that can be undone. Without an answer nothing changes.
   */
  async useOther(text: SectionText): Promise<void> {
    const other = text.conflict;
    if (!other) return;
    this.keepMine(text);
    await this.saving.settle(SAVE_LIMIT);
    if (text.conflict) return; // changed once more: a new choice, with the newest text
    if (text.unsaved && text.version === other.version) {
      text.conflict = other;
      this.saving.touched(text);
      return;
    }
    text.takeTheirs(other.content);
    this.saving.flush();
  }
}
