/** Wires the page together. */
import { effect, untracked } from "@preact/signals";
import { render } from "preact";
import { refreshLease, refreshSession } from "./account";
import * as api from "./api";
import { Desk } from "./desk";
import { noDrafts, openDrafts } from "./drafts";
import { blankState } from "./editor/blank";
import { editorExtensions } from "./editor/extensions";
import { reading, setReading } from "./editor/read-only";
import { offer, outOfReach, strays } from "./left-over";
import { logSaving, logVisitor } from "./log";
import { split } from "./names";
import { join, type Joined } from "./presence/join";
import { lastSection, sectionOfHash } from "./route";
import { Saving } from "./saving";
import { Keeping } from "./saving/keeping";
import * as state from "./state";
import { holdTab, liveTabs, tab } from "./tab";
import { SectionText } from "./texts/section-text";
import { Shelf } from "./texts/shelf";
import type { SectionId } from "./types";
import { App } from "./ui/app";
import { listenToPage } from "./page-events";

const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
const root = document.getElementById("app");

/** Where writing starts when neither the address nor the memory names a section. */
const FIRST: SectionId = "manuscript/abstract";

/** Sections fetched ahead when there is nothing else to do, so that going to them is instant. */
const AHEAD = 40;

async function start(): Promise<void> {
  holdTab();
  const named = api.projectOfPath(location.pathname);
  const asked = api.session(named);
  const opened = openDrafts(Date.now()).catch(() => noDrafts);
  const project = named ?? (await asked).project_id;
  const outline = api.documents(project);
  outline.catch(() => {}); // looked at below
  const drafts = await opened;
  const kept = await drafts.list(project).catch(() => []);
  const others = await drafts.elsewhere(project).catch(() => []);
  const alive =
    kept.length + others.length > 0
      ? await liveTabs().catch(() => new Set<string>())
      : new Set<string>();
  const leftOver = strays(kept, alive);

  const who = () => state.session.value?.username ?? "";
  const onKept = (works: boolean) => (state.keeps.value = works);
  const isStuck = (text: SectionText) => text.vanished || text.conflict !== null || state.isCutOff();
  const keeping = new Keeping(drafts, project, tab, onKept, who, isStuck);
  const saving = new Saving({
    write: (id, content, version) => api.writeSection(project, id, content, version),
    writeMany: (contents, versions) => api.writeSections(project, contents, versions),
    onSend: (ids) => logSaving(who(), ids),
    onChange: (text) => {
      keeping.note(text);
      const { id } = text;
      state.statuses.value = text.gone
        ? state.withoutEntry(state.statuses.value, id)
        : state.withEntry(state.statuses.value, id, statusOf(text), same);
      if (text.unsaved) return;
      refreshLease(desk);
      joined.settled(text);
    },
    onConnection: (trouble) => (state.trouble.value = trouble),
    onEnded: (code, sentence) => (state.ended.value = { code, sentence }),
    onReadOnly: () => {
      if (state.session.value) state.session.value = { ...state.session.value, role: "viewer" };
    },
  });
  effect(() => {
    const session = state.session.value;
    keeping.strand(state.ended.value && session?.kind === "visitor" ? session.username : null);
  });
  const shelf = new Shelf({
    read: (id) => api.readSection(project, id),
    create: (id, revision) => {
      const only = reading(state.readOnly.peek());
      const extensions = [only, editorExtensions(() => spokenName(text.id), nonce)];
      const text = new SectionText(id, revision, extensions, (edited) => {
        saving.touched(edited);
        joined.typed(edited);
      });
      return text;
    },
    leftOver: (id) => leftOver.get(id) ?? null,
    onAdopted: (text, draft) => {
      leftOver.delete(text.id);
      saving.touched(text);
      void keeping.flush();
      saving.flush();
      drafts.remove(draft).catch(() => {});
    },
  });
  const desk = new Desk(project, shelf, saving, blankState(nonce), () => keeping.flush());
  followRole(shelf, saving);
  const wanted = sectionOfHash(location.hash) ?? lastSection(project) ?? FIRST;
  const joined: Joined = join(desk, wanted);
  shelf.load(wanted).catch(() => {}); // under way before anything is drawn

  const session = await asked;
  state.session.value = session;
  logVisitor(session);
  state.documents.value = await outline;
  if (root) render(<App desk={desk} nonce={nonce} />, root);
  const first = state.documents.value.flatMap((document) => document.sections)[0]?.id;
  desk.open(state.findSection(state.documents.value, wanted) ? wanted : (first ?? wanted), "replace");
  listenToPage(desk, keeping, () => refreshSession(desk));
  api.whenOther(() => void refreshSession(desk));
  for (const draft of [...leftOver.values()]) {
    shelf.load(draft.section).catch((problem: unknown) => {
      if (!(problem instanceof api.Refusal && problem.code === "section_not_found")) return;
      leftOver.delete(draft.section);
      offer([draft], "section", drafts);
    });
  }
  void outOfReach(others, alive, api.session).then((lost) => offer(lost, "project", drafts));
  whenIdle(() => void fetchAhead(shelf));
}

/** A role can change while the page is open; the texts and the saving follow at once. */
function followRole(shelf: Shelf, saving: Saving): void {
  let known: boolean | null = null;
  effect(() => {
    const only = state.readOnly.value;
    const news = state.session.value !== null && known !== null && known !== only;
    if (state.session.value) known = only;
    untracked(() => {
      saving.allow(!only);
      for (const text of shelf.all()) text.apply({ effects: setReading(only) });
      // Where words could not be saved, the status line says more than this.
      if (news && !state.ended.value && state.saveLine.value.kind !== "refused") {
        state.said.value = `You can ${only ? "only read" : "write in"} this project now.`;
      }
    });
  });
}

function statusOf(text: SectionText): state.Status {
  if (text.conflict) return { standing: "conflict" };
  if (text.vanished) return { standing: "vanished" };
  if (text.refusal) return { standing: "refused", sentence: text.refusal };
  if (text.sending) return { standing: "saving" };
  return { standing: text.unsaved ? "unsaved" : "saved" };
}

const same = (a: state.Status, b: state.Status) =>
  a.standing === b.standing && a.sentence === b.sentence;

function spokenName(id: SectionId): string {
  const section = state.findSection(state.documents.value, id);
  const [document, name] = split(id);
  return section ? `${section.label}, ${section.document.label}` : `${name}, ${document}`;
}

async function fetchAhead(shelf: Shelf): Promise<void> {
  const all = state.documents.value.flatMap((document) => document.sections).slice(0, AHEAD);
  for (const { id } of all) {
    if (state.ended.value) return;
    await shelf.load(id).catch(() => {});
  }
}

/** Safari has no `requestIdleCallback`. */
function whenIdle(work: () => void): void {
  if ("requestIdleCallback" in window) requestIdleCallback(work);
  else setTimeout(work, 500);
}

/** Without a session or an outline there is no desk: say why, in the server's words. */
function failed(problem: unknown): void {
  if (!root) return;
  const sentence = problem instanceof Error ? problem.message : String(problem);
  const retry = () => location.assign(api.pages.writer);
  render(
    <main class="stopped">
      <h1>The writer could not be opened</h1>
      <p>{sentence}</p>
      <button class="button primary" onClick={retry}>
        Open the writer again
      </button>
    </main>,
    root,
  );
}

let before = state.saveLine.value;
effect(() => {
  const now = state.saveLine.value;
  const words = state.worthSaying(before, now);
  before = now;
  if (words) state.said.value = words;
});
effect(() => {
  const section = state.currentSection.value;
  const name = state.session.value?.project;
  document.title = [section?.label, name, "SciTeX Writer"].filter(Boolean).join(" · ");
});

start().catch(failed);
