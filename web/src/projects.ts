/**
 * The projects one has: listing, opening, creating, renaming, copying, the bin. The server does it,
 * the list follows. Knows the page only through `Page`.
 */
import { signal } from "@preact/signals";
import * as api from "./api";
import { tried, type Done } from "./asking";
import { said, session } from "./state";
import type { Binned, Project, Session } from "./types";

/** What is needed of the page. */
export interface Page {
  /** The project on the desk. */
  project: number;
  /** Sends what is typed and not saved yet, as far as that can be waited for. */
  settle(): Promise<unknown>;
  go(href: string): void;
}

/** `null`: not asked yet. */
export const projectList = signal<readonly Project[] | null>(null);
export const bin = signal<readonly Binned[]>([]);

/** From so many projects on, a field to find one by its name. */
export const MANY = 9;

/** Before the server has answered, the project one is in is known all the same. */
export function listOf(known: readonly Project[] | null, who: Session | null): readonly Project[] {
  if (known || !who) return known ?? [];
  const { project_id: id, project: name, owner, role } = who;
  return [{ id, name, owner, role, people: 1, edited_at: null }];
}

export interface Groups {
  own: Project[];
  shared: Project[];
}

/** Those in whose name or owner every word of `query` occurs, in the order of the server. */
export function grouped(projects: readonly Project[], query: string): Groups {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const found = projects.filter(({ name, owner }) => {
    const text = `${name} ${owner ?? ""}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
  return {
    own: found.filter(({ role }) => role === "owner"),
    shared: found.filter(({ role }) => role !== "owner"),
  };
}

/** What stands beside a project's name, in soft ink. */
export function aside(project: Project, kind: Session["kind"]): string {
  if (project.role !== "owner") return [project.owner, project.role].filter(Boolean).join(" · ");
  if (kind === "visitor") return "your workspace";
  return project.people > 1 ? `${project.people} people` : "";
}

export async function load(): Promise<void> {
  const found = await api.projects();
  projectList.value = found.projects;
  bin.value = found.bin;
}

/** Creates a project and goes to it. */
export function create(page: Page, name: string): Done {
  return tried(async () => {
    const { id } = await api.createProject(name);
    await open(page, id);
  });
}

async function open(page: Page, id: number): Promise<void> {
  await page.settle();
  page.go(api.pages.project(id));
}

export function rename(page: Page, project: Project, name: string): Done {
  return tried(async () => {
    const renamed = await api.renameProject(project.id, name);
    if (session.value && project.id === page.project) {
      session.value = { ...session.value, project: renamed.name };
    }
    await load();
    said.value = `Renamed to ${renamed.name}`;
  });
}

/** A copy for oneself, with what is on the screen just now. */
export function duplicate(page: Page, project: Project): Done {
  return tried(async () => {
    if (project.id === page.project) await page.settle();
    const copied = await api.duplicateProject(project.id);
    await load();
    said.value = `Copied as ${copied.name}`;
  });
}

/** Into the bin. From the one on the desk the page goes on to another. */
export function toBin(page: Page, project: Project): Done {
  return away(page, project, async () => {
    await api.binProject(project.id);
    said.value = `${project.name} is in the bin`;
  });
}

/** One's own part in somebody else's project ends. */
export function leave(page: Page, project: Pick<Project, "id" | "name">): Done {
  return away(page, project, async () => {
    if (!session.value) return;
    await api.removeMember(project.id, session.value.user_id);
    said.value = `You have left ${project.name}`;
  });
}

function away(page: Page, { id }: Pick<Project, "id">, work: () => Promise<void>): Done {
  return tried(async () => {
    if (id !== page.project) {
      await work();
      return load();
    }
    await page.settle();
    await work();
    page.go(api.pages.writer);
  });
}

export function restore(binned: Binned): Done {
  return tried(async () => {
    const project = await api.restoreProject(binned.id);
    await load();
    said.value = `${project.name} is back`;
  });
}
