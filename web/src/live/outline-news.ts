/** The sections are others now: fetches them, and keeps to the one on screen under its new name. */
import { batch } from "@preact/signals";
import * as api from "../api";
import { PATIENCE, type Desk } from "../desk";
import { follow, nextTo } from "../sections";
import { split } from "../names";
import * as state from "../state";
import type { SectionText } from "../texts/section-text";
import type { Document, SectionId } from "../types";
import { renamed } from "./renamed";

/** Milliseconds: several changes are one, and this page's own are done by then. */
const DELAY = 150;
/** Between two looks at whether a save is still under way. */
const STEP = 25;

export class OutlineNews {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private fetching = false;
  private again = false;

  constructor(private readonly desk: Desk) {}

  fetch(): void {
    if (this.fetching) {
      this.again = true;
      return;
    }
    this.timer ??= setTimeout(() => void this.run(), DELAY);
  }

  private async run(): Promise<void> {
    this.timer = undefined;
    this.fetching = true;
    // Failing is no matter: after a lost connection it is fetched anyway.
    const documents = await api.documents(this.desk.project).catch(() => null);
    if (documents) await takeIn(this.desk, documents);
    this.fetching = false;
    if (!this.again) return;
    this.again = false;
    this.fetch();
  }
}

async function takeIn(desk: Desk, documents: Document[]): Promise<void> {
  const names = renamed(state.documents.value, documents);
  const rename = () =>
    batch(() => {
      for (const [from, to] of names) carryOver(desk, from, to);
      state.documents.value = documents;
    });
  if (names.size === 0) rename();
  else {
    await desk.saving.hold(async () => {
      await arrived(desk, [...names.keys()]);
      rename();
    });
  }
  dropGone(desk, documents);
}

/** Waits for the saves under way: they still go by the old name, and what they are told is about it. */
async function arrived(desk: Desk, ids: SectionId[]): Promise<void> {
  const end = Date.now() + PATIENCE;
  const busy = () => ids.some((id) => desk.shelf.get(id)?.sending);
  while (busy() && Date.now() < end) await new Promise((go) => setTimeout(go, STEP));
}

function carryOver(desk: Desk, from: SectionId, to: SectionId): void {
  const text = desk.shelf.get(from);
  desk.shelf.rename(from, to);
  follow(from, to);
  text?.renamed();
  if (text) desk.saving.touched(text);
}

/** Deleted by somebody else. What is unsaved is for its writer to decide. */
function dropGone(desk: Desk, documents: Document[]): void {
  const current = state.current.value;
  for (const text of [...desk.shelf.all()]) {
    if (state.findSection(documents, text.id) || text.vanished || text.gone) continue;
    if (text.id === current) void confirmGone(desk, text);
    else if (!text.unsaved) desk.shelf.remove(text.id);
  }
}

/** The one on screen may also have been added here after the list was made. */
async function confirmGone(desk: Desk, text: SectionText): Promise<void> {
  const { id } = text;
  const problem = await api.readSection(desk.project, id).then(
    () => null,
    (refused: unknown) => refused,
  );
  if (!(problem instanceof api.Refusal && problem.code === "section_not_found")) return;
  if (text.id !== id || text.vanished || text.gone) return;
  if (!state.readOnly.value) {
    text.vanish(problem.message);
    desk.saving.touched(text);
    return;
  }
  // Whoever only reads has nothing to decide.
  desk.shelf.remove(id);
  const next = nextTo(id);
  state.said.value = `“${split(id)[1]}” was deleted or renamed elsewhere.`;
  if (state.current.value === id && next) desk.open(next, "replace");
}
