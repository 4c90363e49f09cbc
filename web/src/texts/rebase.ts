/**
 * Bringing a text that came from elsewhere into one that is being typed in.
 *
 * All differences are taken between `Text`s, so they do not depend on how lines end.
 */
import { diff } from "@codemirror/merge";
import { ChangeSet, type Text } from "@codemirror/state";

/** Work limits for the comparison; beyond them it gets coarser, never wrong. */
const LIMITS = { scanLimit: 2000, timeout: 200 };

/** The small changes that turn `from` into `to`. */
export function difference(from: Text, to: Text): ChangeSet {
  const changes = diff(from.toString(), to.toString(), LIMITS).map((change) => ({
    from: change.fromA,
    to: change.toA,
    insert: to.slice(change.fromB, change.toB),
  }));
  return ChangeSet.of(changes, from.length);
}

/**
 * The change to apply to a text that has moved on by `since` from `base`, so that it takes in
 * `theirs` and keeps every keystroke of `since`.
 */
export function incoming(base: Text, since: ChangeSet, theirs: Text): ChangeSet {
  return difference(base, theirs).map(since);
}
