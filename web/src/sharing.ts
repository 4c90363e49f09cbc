/** Who takes part in a project, and the links by which more can: asking the server, and the words. */
import { signal } from "@preact/signals";
import * as api from "./api";
import { tried, type Done } from "./asking";
import { said } from "./state";
import { shortDate } from "./time";
import type { Member, Role, ShareLink, SharedRole } from "./types";

/** `null`: not asked yet. */
export const members = signal<readonly Member[] | null>(null);
export const links = signal<readonly ShareLink[] | null>(null);
/** The link made last, while it is on the screen: nobody can say its address again. */
export const fresh = signal<{ id: number; address: string } | null>(null);

export const ROLES: { role: SharedRole; label: string }[] = [
  { role: "editor", label: "Editor" },
  { role: "viewer", label: "Viewer" },
];

export const roleWord = (role: Role): string => role[0]?.toUpperCase() + role.slice(1);

const DAY = 24 * 3600;

/** For how long a link may be good, in seconds. */
export const ENDS: { seconds: number | null; label: string }[] = [
  { seconds: null, label: "No end" },
  { seconds: DAY, label: "1 day" },
  { seconds: 7 * DAY, label: "7 days" },
  { seconds: 30 * DAY, label: "30 days" },
];

/** `used twice · until Sun 22 Nov, 15:04` */
export function linkFacts({ uses, expires_at: end }: ShareLink, now: Date): string {
  const used = uses === 0 ? "not used yet" : `used ${uses} ${uses === 1 ? "time" : "times"}`;
  if (end === null) return `${used} · no end`;
  const until = new Date(end);
  return `${used} · ${until > now ? "until" : "over since"} ${shortDate(until)}`;
}

/** Only the owner may see the links. */
export async function load(project: number, role: Role): Promise<void> {
  const asked = [api.members(project), role === "owner" ? api.links(project) : null] as const;
  [members.value, links.value] = await Promise.all(asked);
}

export function add(project: number, username: string, role: SharedRole): Done {
  return tried(async () => {
    const member = await api.addMember(project, username, role);
    members.value = await api.members(project);
    said.value = `${member.username} takes part as ${member.role}`;
  });
}

export function change(project: number, member: Member, role: SharedRole): Done {
  const { user_id: id } = member;
  return tried(async () => {
    if (id === null) return;
    const changed = await api.changeMember(project, id, role);
    members.value = (members.value ?? []).map((one) => (one.user_id === id ? changed : one));
    said.value = `${member.username} is now ${role}`;
  });
}

export function remove(project: number, member: Member): Done {
  const { user_id: id } = member;
  return tried(async () => {
    if (id === null) return;
    await api.removeMember(project, id);
    members.value = (members.value ?? []).filter((one) => one.user_id !== id);
    said.value = `${member.username} is removed`;
  });
}

/** `origin` is where this server is reached from here: the server itself need not know. */
export function createLink(
  project: number,
  role: SharedRole,
  seconds: number | null,
  origin: string,
): Done {
  return tried(async () => {
    const { link, path } = await api.createLink(project, role, seconds);
    links.value = [...(links.value ?? []), link];
    fresh.value = { id: link.id, address: origin + path };
  });
}

/** Visitors who came by it lose access, so the people are asked for again. */
export function revoke(project: number, link: ShareLink): Done {
  return tried(async () => {
    await api.revokeLink(project, link.id);
    links.value = (links.value ?? []).filter((one) => one.id !== link.id);
    if (fresh.value?.id === link.id) fresh.value = null;
    said.value = "Link revoked";
    members.value = await api.members(project);
  });
}
