/** The nouns the page and the server share. Mirrors the JSON of the HTTP API, field by field. */

/** `document/name`, e.g. `manuscript/abstract`. */
export type SectionId = string;

export interface Section {
  id: SectionId;
  label: string;
  /** Path below the project's `scitex/writer/`. */
  path: string;
  /** Whether the master file's `\input` line is live; `false` is "switched off". */
  included: boolean;
  /** Counted by the server with the rule of `words.ts`. */
  words: number;
}

export interface Document {
  /** `manuscript`, `shared`, `supplementary` or `revision`. */
  id: string;
  label: string;
  sections: Section[];
}

export interface Lease {
  slot: string;
  /** RFC 3339, UTC. */
  expires_at: string;
  seconds_left: number;
}

/** What one may do in a project: an editor all but sharing it, a viewer only read. */
export type Role = "owner" | "editor" | "viewer";

export interface Session {
  user_id: number;
  username: string;
  kind: "visitor" | "member";
  project_id: number;
  project: string;
  /** In this project. */
  role: Role;
  /** Who owns the project; `null` while it is parked. */
  owner: string | null;
  avatar_color: string;
  csrf_token: string;
  /** `null` for members: their work has no end. */
  lease: Lease | null;
}

/** A section's text as the server has it. `content` is byte for byte the file's. */
export interface Revision {
  content: string;
  version: number;
}

/** What a save answers; `content` only when the server merged somebody else's words in. */
export interface Written {
  version: number;
  merged: boolean;
  content?: string;
}

/** What `save-sections/` answers, keyed by section. */
export interface WrittenMany {
  versions: Record<SectionId, number>;
  merged?: Record<SectionId, string>;
}

export interface Project {
  id: number;
  name: string;
  /** `null` while it is parked. */
  owner: string | null;
  role: Role;
  /** The owner and everybody who has a role: 1 is "not shared". */
  people: number;
  edited_at: string | null;
}

/** A project in the bin. */
export interface Binned {
  id: number;
  name: string;
  deleted_at: string;
  kept_until: string;
}

/** What a person can be given. */
export type SharedRole = Exclude<Role, "owner">;

export interface Member {
  /** `null`: a visitor who is away; only revoking links ends their part. */
  user_id: number | null;
  username: string;
  role: Role;
  kind: "member" | "visitor";
  avatar_color: string;
  you: boolean;
}

export interface ShareLink {
  id: number;
  role: SharedRole;
  created_at: string;
  /** `null`: no end. */
  expires_at: string | null;
  /** How many have joined by it. */
  uses: number;
}

/** `editing`: typed in the last half minute; `idle`: away from the keyboard or from this tab. */
export type PresenceState = "editing" | "viewing" | "idle";

/** Somebody who has the project open. */
export interface Person {
  user_id: number;
  username: string;
  /** `null`: in none. */
  section: SectionId | null;
  /** RFC 3339, UTC. */
  last_seen: string;
  /** `#rrggbb`; the same for everybody who sees them. */
  avatar_color: string;
  state: PresenceState;
}
