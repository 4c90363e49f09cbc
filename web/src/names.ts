/** From what a person calls a section to the name of its file. */

/** Longest name the server takes. */
const LONGEST = 64;

/** `Data availability` → `data_availability`; empty if nothing usable is left. */
export function fileName(title: string): string {
  return title
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^[^a-z]+|_+$/g, "")
    .slice(0, LONGEST)
    .replace(/_+$/, "");
}

/** `manuscript/abstract` → `["manuscript", "abstract"]`. */
export function split(id: string): [document: string, name: string] {
  const slash = id.indexOf("/");
  return [id.slice(0, slash), id.slice(slash + 1)];
}
