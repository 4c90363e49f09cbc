/**
 * Others' saved words, fetched as soon as it is said that there are some. What is not saved yet
 * in this page stays as it is: its own save brings both together.
 */
import type { Desk } from "../desk";
import * as state from "../state";
import type { SectionId } from "../types";
import { countWords } from "../words";

/** Milliseconds until a text that is not on screen is fetched, at least and at most. */
const SOON = [500, 2_000] as const;

export class TextNews {
  /** The newest version there is said to be. */
  private readonly newest = new Map<SectionId, number>();
  private readonly due = new Map<SectionId, ReturnType<typeof setTimeout>>();

  constructor(private readonly desk: Desk) {}

  note(id: SectionId, version: number): void {
    if (version > (this.newest.get(id) ?? 0)) this.newest.set(id, version);
    this.look(id);
  }

  /** Fetches it if this page has an older one; asked again after each save. */
  look(id: SectionId): void {
    if (!this.isOlder(id) || this.due.has(id)) return;
    if (state.shown.value === id) return void this.fetch(id);
    // Nobody waits for it: not everybody at once, and not for every word.
    const [least, most] = SOON;
    const delay = least + Math.random() * (most - least);
    const timer = setTimeout(() => {
      this.due.delete(id);
      if (this.isOlder(id)) void this.fetch(id);
    }, delay);
    this.due.set(id, timer);
  }

  private isOlder(id: SectionId): boolean {
    const text = this.desk.shelf.get(id);
    return text !== undefined && text.version < (this.newest.get(id) ?? 0);
  }

  private async fetch(id: SectionId): Promise<void> {
    const text = this.desk.shelf.get(id);
    if (!text) return;
    await this.desk.shelf.refresh(text);
    const words = countWords(text.content);
    state.liveWords.value = state.withEntry(state.liveWords.value, text.id, words);
  }
}
