/**
 * Gets texts to the server: when, how many at once, and what to do when it does not work.
 *
 * Invariants: at most one save under way per section; a save names the version it is based on; a
 * text is "saved" only when the server has said so. Knows nothing of the editor or of the page.
 */
import { delayAfter } from "./backoff";
import { outcomeOf, type Outcome } from "./saving/outcome";
import { Timers } from "./saving/timers";
import type { SectionText } from "./texts/section-text";
import type { SectionId, Written, WrittenMany } from "./types";

/** What saving needs from the rest of the page. */
export interface Surroundings {
  write(id: SectionId, content: string, version: number): Promise<Written>;
  writeMany(
    contents: Record<SectionId, string>,
    versions: Record<SectionId, number>,
  ): Promise<WrittenMany>;
  /** A save begins, for the console. */
  onSend(ids: SectionId[]): void;
  /** Something about this text is different now: its state, its draft. */
  onChange(text: SectionText): void;
  /** `null`: the server answers. Otherwise its sentence, or "" if it was silent. */
  onConnection(trouble: string | null): void;
  onEnded(code: string, sentence: string): void;
  /** One may only read this project (any more). */
  onReadOnly(): void;
}

export class Saving {
  /** Texts with something to say to the server. */
  private readonly waiting = new Set<SectionText>();
  private readonly timers = new Timers<SectionText>((text) => this.send([text]));
  private readonly underWay = new Set<Promise<void>>();
  /** Those refused as part of a group go alone, so that one bad text does not hold up the others. */
  private readonly alone = new Set<SectionText>();
  private failures = 0;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private held = 0;
  private ended = false;
  private readOnly = false;

  constructor(private readonly around: Surroundings) {}

  /** To be called after every edit of the page. */
  touched(text: SectionText): void {
    if (text.unsaved) {
      this.waiting.add(text);
      this.timers.touch(text);
    } else if (!text.sending) {
      // Typed and taken back: nothing to send.
      this.waiting.delete(text);
      this.timers.clear(text);
    }
    this.around.onChange(text);
  }

  /** Sends all that waits, at once; what is behind a save under way goes right after it. */
  flush(): void {
    for (const text of this.waiting) this.timers.clear(text);
    this.send([...this.waiting], true);
  }

  /** The writer asks (Ctrl+S), the network is back, or the tab is looked at again. */
  retry(): void {
    this.ended = false;
    for (const text of this.waiting) text.refusal = null;
    this.flush();
  }

  /** Whether one may write in this project; what could not be sent goes as soon as one may. */
  allow(writing: boolean): void {
    if (this.readOnly !== writing) return;
    this.readOnly = !writing;
    clearTimeout(this.retryTimer);
    if (writing) this.retry();
  }

  /** The page is going away: also what was typed behind a save that has not been answered. */
  leave(): void {
    this.flush();
    for (const text of this.waiting) {
      if (!text.ahead || text.conflict || this.ended || this.readOnly) continue;
      // Fire and forget. If the server cannot merge it, it keeps what it has, and the draft is here.
      const { content, version } = text.sendOff();
      this.around.write(text.id, content, version).catch(() => {});
    }
  }

  /** Its section is gone, by the writer's own wish: a late answer about it is of no interest. */
  forget(text: SectionText): void {
    text.discard();
    this.waiting.delete(text);
    this.alone.delete(text);
    this.timers.clear(text);
    this.around.onChange(text);
  }

  /** Flushes, and waits until nothing is under way or `limit` ms are over. True if all is saved. */
  async settle(limit: number): Promise<boolean> {
    const end = Date.now() + limit;
    this.flush();
    while (this.underWay.size > 0 && Date.now() < end) {
      await Promise.race([...this.underWay, new Promise((go) => setTimeout(go, end - Date.now()))]);
      if (this.failures === 0) this.flush();
    }
    return ![...this.waiting].some((text) => text.unsaved);
  }

  /** Lets nothing out while `work` runs: it changes who we are, or what sections are called. */
  async hold<T>(work: () => Promise<T>): Promise<T> {
    this.held++;
    try {
      return await work();
    } finally {
      this.held--;
      if (this.held === 0) this.flush();
    }
  }

  private send(texts: SectionText[], now = false): void {
    if (this.ended || this.readOnly || this.held > 0) return;
    if (this.failures > 0 && !now) return; // the retry timer will
    const due = texts.filter((text) => text.due);
    const [first] = due;
    if (!first) return;
    clearTimeout(this.retryTimer);
    for (const text of due) this.timers.clear(text);
    const single = due.filter((text) => due.length === 1 || this.alone.has(text));
    const group = due.filter((text) => !single.includes(text));
    this.around.onSend(due.map((text) => text.id));
    for (const text of single) this.track(this.sendOne(text));
    if (group.length > 0) this.track(this.sendMany(group));
  }

  private track(work: Promise<void>): void {
    const tracked = work.finally(() => this.underWay.delete(tracked));
    this.underWay.add(tracked);
  }

  private async sendOne(text: SectionText): Promise<void> {
    const { content, version } = text.send();
    this.around.onChange(text);
    try {
      const written = await this.around.write(text.id, content, version);
      text.acknowledge(written);
      this.succeeded([text]);
    } catch (problem) {
      this.failed([text], outcomeOf(problem, text.id));
    }
  }

  private async sendMany(texts: SectionText[]): Promise<void> {
    const contents: Record<SectionId, string> = {};
    const versions: Record<SectionId, number> = {};
    for (const text of texts) {
      const { content, version } = text.send();
      contents[text.id] = content;
      versions[text.id] = version;
      this.around.onChange(text);
    }
    try {
      const written = await this.around.writeMany(contents, versions);
      for (const text of texts) {
        const version = written.versions[text.id] ?? text.version;
        text.acknowledge({ version, content: written.merged?.[text.id] });
      }
      this.succeeded(texts);
    } catch (problem) {
      const outcome = outcomeOf(problem, null);
      if (outcome.kind === "refused" || outcome.kind === "vanished") {
        for (const text of texts) this.alone.add(text);
        for (const text of texts) text.refuse(null);
        this.send(texts, true);
      } else {
        this.failed(texts, outcome);
      }
    }
  }

  private succeeded(texts: SectionText[]): void {
    const recovered = this.failures > 0;
    this.failures = 0;
    this.around.onConnection(null);
    for (const text of texts) {
      this.alone.delete(text);
      this.rest(text);
    }
    if (recovered) this.flush();
  }

  /** After an answer. What was typed meanwhile has its own pause; if that is over, it goes now. */
  private rest(text: SectionText): void {
    if (!text.unsaved) {
      this.waiting.delete(text);
      this.timers.clear(text);
    } else if (!this.timers.run(text)) {
      this.send([text]);
    }
    this.around.onChange(text);
  }

  private again(): void {
    if ([...this.waiting].some((text) => text.due)) return this.flush();
    // What could not be sent waits for the writer, or is not wanted any more. Whether the server is
    // there again will show with the next keystroke; nothing is owed to it now.
    this.failures = 0;
    this.around.onConnection(null);
  }

  private failed(texts: SectionText[], outcome: Outcome): void {
    switch (outcome.kind) {
      case "later":
        for (const text of texts) text.lost();
        this.failures++;
        this.around.onConnection(outcome.sentence ?? "");
        clearTimeout(this.retryTimer);
        this.retryTimer = setTimeout(() => this.again(), delayAfter(this.failures));
        break;
      case "ended":
        for (const text of texts) text.refuse(null);
        this.ended = true;
        this.around.onEnded(outcome.code, outcome.sentence);
        break;
      case "read-only":
        for (const text of texts) text.refuse(null);
        this.readOnly = true;
        this.failures = 0;
        this.around.onConnection(null);
        this.around.onReadOnly();
        break;
      case "conflict":
        for (const text of texts) {
          const other = outcome.others[text.id];
          if (other) text.clash(other);
          else text.refuse(null);
        }
        this.failures = 0;
        this.around.onConnection(null);
        break;
      case "refused":
        for (const text of texts) text.refuse(outcome.sentence);
        this.failures = 0;
        this.around.onConnection(null);
        break;
      case "vanished":
        for (const text of texts) text.vanish(outcome.sentence);
        this.failures = 0;
        this.around.onConnection(null);
        break;
    }
    for (const text of texts) this.around.onChange(text);
    // What nobody objected to, and what turned out to be no conflict, goes again at once.
    if (outcome.kind === "conflict" || outcome.kind === "refused") this.send(texts, true);
  }
}
