/** For real links out of the page: what is unsaved goes first. New tabs and windows are left alone. */
import { leaveFor } from "../account";
import type { Desk } from "../desk";

export function goingTo(desk: Desk) {
  return (event: MouseEvent & { currentTarget: HTMLAnchorElement }) => {
    if (!plain(event)) return;
    event.preventDefault();
    void leaveFor(desk, event.currentTarget.href);
  };
}

/** A click that would follow the link in this very tab. */
export function plain(event: MouseEvent): boolean {
  return event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
}
