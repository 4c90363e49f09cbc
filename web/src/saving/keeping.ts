/** Keeps a draft of every unsaved text, a moment after each change, and drops it once it is saved. */
import type { Drafts } from "../drafts";
import type { SectionText } from "../texts/section-text";
import type { SectionId } from "../types";

/** Milliseconds: short enough that a crash costs a word, long enough not to write every letter. */
const DELAY = 300;
/** For what cannot be sent: the page says at once that it is kept, so it had better be. */
const AT_ONCE = 0;

export class Keeping {
  private readonly timers = new Map<SectionText, ReturnType<typeof setTimeout>>();
  /** Under which name a text has a draft; renaming a section changes it. */
  private readonly kept = new Map<SectionText, SectionId>();
  private readonly writing = new Set<Promise<void>>();
  private stranded: string | null = null;

  constructor(
    private readonly drafts: Drafts,
    private readonly project: number,
    private readonly tab: string,
    /** Tells whether drafts can be kept at all. */
    private readonly onKept: (works: boolean) => void,
    /** The name of whoever is writing. */
    private readonly who: () => string = () => "",
    /** Whether this browser is the only place that a text can be kept in for now. */
    private readonly isStuck: (text: SectionText) => boolean = () => false,
  ) {}

  /** Something about `text` is different now. */
  note(text: SectionText): void {
    if (!text.unsaved) {
      this.stop(text);
      this.drop(text);
    } else if (!this.timers.has(text)) {
      const delay = this.isStuck(text) ? AT_ONCE : DELAY;
      this.timers.set(text, setTimeout(() => this.put(text), delay));
    }
  }

  /** Writes what is due, at once: the page may be gone in a moment. Resolves when it is written. */
  async flush(): Promise<void> {
    for (const text of [...this.timers.keys()]) this.put(text);
    await Promise.all(this.writing);
  }

  /** The visitor's time is over (or, with `null`, it is not after all): say so in the drafts. */
  strand(visitor: string | null): void {
    if (visitor === this.stranded) return;
    this.stranded = visitor;
    for (const text of [...this.kept.keys()]) this.put(text);
  }

  private stop(text: SectionText): void {
    clearTimeout(this.timers.get(text));
    this.timers.delete(text);
  }

  private put(text: SectionText): void {
    this.stop(text);
    if (this.kept.get(text) !== text.id) this.drop(text);
    this.kept.set(text, text.id);
    const { id: section, content, version, lastSent: sent } = text;
    const draft = { project: this.project, section, tab: this.tab, content, version, sent };
    const from = { by: this.who(), stranded: this.stranded, at: Date.now() };
    const written = this.drafts.put({ ...draft, ...from }).then(
      () => this.onKept(true),
      () => this.onKept(false),
    );
    this.writing.add(written);
    void written.then(() => this.writing.delete(written));
  }

  private drop(text: SectionText): void {
    const section = this.kept.get(text);
    if (section === undefined) return;
    this.kept.delete(text);
    // If it stays behind, it is sent once more on the next visit, and found to be there already.
    this.drafts.remove({ project: this.project, section, tab: this.tab }).catch(() => {});
  }
}
