/** The sections this page has loaded, each with its own text, history and scroll position. */
import type { Draft } from "../drafts";
import type { Revision, SectionId } from "../types";
import type { SectionText } from "./section-text";

export interface Source {
  read(id: SectionId): Promise<Revision>;
  create(id: SectionId, revision: Revision): SectionText;
  /** A draft an earlier page left behind for this section; asked for once per section. */
  leftOver(id: SectionId): Draft | null;
  /** The draft has been taken up (or is what the server has): `text` is responsible for it now. */
  onAdopted(text: SectionText, draft: Draft): void;
}

export class Shelf {
  private readonly texts = new Map<SectionId, SectionText>();
  private readonly loading = new Map<SectionId, Promise<SectionText>>();

  constructor(private readonly source: Source) {}

  get(id: SectionId): SectionText | undefined {
    return this.texts.get(id);
  }

  /** Those loaded so far. */
  all(): Iterable<SectionText> {
    return this.texts.values();
  }

  /** From memory, or from the server; asked for twice, it is fetched once. */
  async load(id: SectionId): Promise<SectionText> {
    const there = this.texts.get(id);
    if (there) return there;
    let work = this.loading.get(id);
    if (!work) {
      work = this.fetch(id).finally(() => this.loading.delete(id));
      this.loading.set(id, work);
    }
    return work;
  }

  /** Looks whether the server has something newer. Failing is no matter: the text is there. */
  async refresh(text: SectionText): Promise<void> {
    if (text.unsaved || text.sending) return;
    const { id } = text;
    const revision = await this.source.read(id).catch(() => null);
    if (revision && text.id === id) text.refresh(revision);
  }

  rename(from: SectionId, to: SectionId): void {
    const text = this.texts.get(from);
    if (!text) return;
    this.texts.delete(from);
    text.id = to;
    this.texts.set(to, text);
  }

  remove(id: SectionId): void {
    this.texts.delete(id);
  }

  private async fetch(id: SectionId): Promise<SectionText> {
    const revision = await this.source.read(id);
    const text = this.source.create(id, revision);
    this.texts.set(id, text);
    const draft = this.source.leftOver(id);
    if (draft) {
      if (draft.content !== revision.content) text.adopt(draft);
      this.source.onAdopted(text, draft);
    }
    return text;
  }
}
