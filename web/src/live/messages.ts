/**
 * What goes over the live channel, in both directions. `tests/golden/live.json` holds the server
 * and the page to the same messages.
 */
import type { Person, PresenceState, Role, SectionId } from "../types";

export type ServerMessage =
  /** The first one, after every connecting: all that was known before may be out of date. */
  | { type: "welcome"; you: number; role: Role; users: Person[] }
  /** The whole list anew. */
  | { type: "users"; users: Person[] }
  /** Somebody came, or changed section or state. */
  | { type: "presence"; user: Person }
  | { type: "gone"; user_id: number }
  /** One's own role is another one now. */
  | { type: "role"; role: Role }
  /** The project has another name or owner. */
  | { type: "project"; name: string; owner: string | null }
  /** There are other sections now, or the same ones otherwise. */
  | { type: "outline" }
  /** Somebody saved this version of a section. */
  | { type: "text"; section: SectionId; version: number; by: number }
  | { type: "ping" }
  /** Something this page sent was not understood. */
  | { type: "error"; code: string; error: string }
  /** The server is about to hang up, and why. */
  | { type: "closing"; code: string; error: string };

/** Where this page's person is. */
export interface Whereabouts {
  section: SectionId | null;
  state: PresenceState;
}

export type ClientMessage = ({ type: "presence" } & Whereabouts) | { type: "pong" };

export const presence = ({ section, state }: Whereabouts): ClientMessage => ({
  type: "presence",
  section,
  state,
});

export const pong: ClientMessage = { type: "pong" };

/** `null` for what this page does not know, such as the messages of a newer server. */
export function decode(text: string): ServerMessage | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(value) || !Object.hasOwn(FIELDS, String(value["type"]))) return null;
  const fields = FIELDS[value["type"] as ServerMessage["type"]];
  if (!Object.entries(fields).every(([name, fits]) => fits(value[name]))) return null;
  return value as ServerMessage;
}

type Check = (value: unknown) => boolean;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isText: Check = (value) => typeof value === "string";
const isNumber: Check = (value) => typeof value === "number";
const isTextOrNull: Check = (value) => value === null || isText(value);
const oneOf =
  (...allowed: unknown[]): Check =>
  (value) =>
    allowed.includes(value);
const isRole = oneOf("owner", "editor", "viewer");
const isState = oneOf("editing", "viewing", "idle");
const isColor: Check = (value) => typeof value === "string" && /^#[0-9a-f]{6}$/i.test(value);

export const isPerson: Check = (value) =>
  isRecord(value) &&
  isNumber(value["user_id"]) &&
  isText(value["username"]) &&
  isTextOrNull(value["section"]) &&
  isText(value["last_seen"]) &&
  isColor(value["avatar_color"]) &&
  isState(value["state"]);
const arePeople: Check = (value) => Array.isArray(value) && value.every(isPerson);

/** What a message of each type must bring; what it brings besides is nobody's business here. */
const FIELDS: Record<ServerMessage["type"], Record<string, Check>> = {
  welcome: { you: isNumber, role: isRole, users: arePeople },
  users: { users: arePeople },
  presence: { user: isPerson },
  gone: { user_id: isNumber },
  role: { role: isRole },
  project: { name: isText, owner: isTextOrNull },
  outline: {},
  text: { section: isText, version: isNumber, by: isNumber },
  ping: {},
  error: { code: isText, error: isText },
  closing: { code: isText, error: isText },
};
