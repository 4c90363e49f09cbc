/**
 * Unsaved text, kept in this browser (IndexedDB) until the server has it.
 *
 * A draft names the version it is based on and is sent with it, so that it is merged and never
 * silently replaces anything. Drafts are kept per page ("tab"), because two tabs with the same
 * section have two texts.
 */
import type { SectionId } from "./types";

export interface Draft {
  project: number;
  section: SectionId;
  /** The page that wrote it. */
  tab: string;
  content: string;
  version: number;
  /** A text sent from here whose answer never came: the server may have it. */
  sent: string | null;
  /** The visitor whose time was over before it could be sent: their project is out of reach. */
  stranded: string | null;
  /** Who wrote it, to say so to whoever finds it; missing in drafts of earlier releases. */
  by?: string;
  /** Milliseconds since 1970. */
  at: number;
}

/** Drafts nobody came back for are dropped after this. */
const KEPT_FOR = 30 * 24 * 3600 * 1000;

const STORE = "drafts";

export interface Drafts {
  put(draft: Draft): Promise<void>;
  remove(key: Pick<Draft, "project" | "section" | "tab">): Promise<void>;
  /** Newest first. */
  list(project: number): Promise<Draft[]>;
  /** Those of other projects, newest first. */
  elsewhere(project: number): Promise<Draft[]>;
}

/** Opens the store; fails where the browser keeps nothing (some private windows). */
export async function openDrafts(now: number, factory: IDBFactory = indexedDB): Promise<Drafts> {
  const opening = factory.open("scitex-writer", 1);
  opening.onupgradeneeded = () => {
    opening.result.createObjectStore(STORE, { keyPath: ["project", "section", "tab"] });
  };
  const database = await settled(opening);
  await dropOld(database, now - KEPT_FOR);
  return {
    async put(draft) {
      await finished(write(database).put(draft));
    },
    async remove({ project, section, tab }) {
      await finished(write(database).delete([project, section, tab]));
    },
    async list(project) {
      return (await all(database)).filter((draft) => draft.project === project);
    },
    async elsewhere(project) {
      return (await all(database)).filter((draft) => draft.project !== project);
    },
  };
}

/** Where nothing can be kept: the page says so, see `state.ts`. */
export const noDrafts: Drafts = {
  put: () => Promise.reject(new Error("This browser keeps no data for this page.")),
  remove: async () => {},
  list: async () => [],
  elsewhere: async () => [],
};

async function all(database: IDBDatabase): Promise<Draft[]> {
  const drafts = await settled<Draft[]>(read(database).getAll());
  return drafts.sort((a, b) => b.at - a.at);
}

async function dropOld(database: IDBDatabase, before: number): Promise<void> {
  for (const { project, section, tab, at } of await all(database)) {
    if (at < before) write(database).delete([project, section, tab]);
  }
}

const read = (database: IDBDatabase) => database.transaction(STORE).objectStore(STORE);

/** Relaxed: waiting for the platter would only delay typing; a draft is a second net, not the first. */
const write = (database: IDBDatabase) =>
  database.transaction(STORE, "readwrite", { durability: "relaxed" }).objectStore(STORE);

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** A write counts when its transaction is complete, not when the request is. */
function finished(request: IDBRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    const transaction = request.transaction;
    if (!transaction) return reject(new Error("no transaction"));
    transaction.oncomplete = () => resolve();
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}
