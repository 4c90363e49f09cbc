/**
 * This page's identity among the tabs of one browser, and which of the others still live.
 *
 * Uses Web Locks: a lock is let go by the browser itself when a tab is closed, crashes or
 * reloads. Where they are missing (plain HTTP on a host name) no other tab counts as alive, and a
 * draft is then at worst sent twice, which the server merges.
 */

const PREFIX = "scitex-writer-tab:";

/** `crypto.randomUUID` needs HTTPS; this does not. */
export const tab: string = Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) =>
  byte.toString(16).padStart(2, "0"),
).join("");

/** Says "alive" until this page is gone. */
export function holdTab(): void {
  // Never resolves, so the lock is held; a refusal (opaque origin) only means nobody will know.
  navigator.locks?.request(PREFIX + tab, () => new Promise(() => {})).catch(() => {});
}

export async function liveTabs(): Promise<Set<string>> {
  const held = (await navigator.locks?.query())?.held ?? [];
  return new Set(held.map((lock) => (lock.name ?? "").slice(PREFIX.length)));
}
