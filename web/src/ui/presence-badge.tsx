/**
 * How many are here, beside the chooser; on pointing at it, or with the focus on it, who and where.
 * Only shown when there is somebody else.
 */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Desk } from "../desk";
import { canFollow, follow, isMe, online, others } from "../presence";
import { placeName } from "../presence/people";
import { documents, panel } from "../state";
import type { Person } from "../types";
import { Popover } from "./popover";

/** Milliseconds the list stays when the pointer has left it: on the way to it there is a gap. */
const LINGER = 220;

export function PresenceBadge({ desk }: { desk: Desk }) {
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLUListElement>(null);
  /** Opened on purpose, so it stays when the pointer goes. */
  const [pinned, setPinned] = useState(false);
  const leaving = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  /** The focus comes back from the list: no reason to open it again. */
  const returning = useRef(false);
  const isOpen = panel.value === "people";
  const count = online.value.length;
  const isShown = others.value.length > 0;

  const open = () => {
    clearTimeout(leaving.current);
    panel.value = "people";
  };
  const close = () => {
    clearTimeout(leaving.current);
    setPinned(false);
    if (panel.value !== "people") return;
    panel.value = null;
    returning.current = true;
    setTimeout(() => (returning.current = false));
  };
  /** `enters`: by keyboard, on to the first of the people, as soon as they are there. */
  const pin = (enters: boolean) => {
    open();
    setPinned(true);
    if (enters) setTimeout(() => list.current?.querySelector("button")?.focus());
  };
  const hover = {
    onPointerEnter: (event: PointerEvent) => {
      clearTimeout(leaving.current);
      if (event.pointerType === "mouse" && panel.value === null) open();
    },
    onPointerLeave: (event: PointerEvent) => {
      const stays = pinned || button.current?.matches(":focus-visible") || hasFocus(list.current);
      if (event.pointerType === "mouse" && !stays) leaving.current = setTimeout(close, LINGER);
    },
  };

  useEffect(() => {
    if (!isShown) close();
  }, [isShown]);
  useEffect(() => {
    if (!isOpen) return setPinned(false);
    // Also when the focus is elsewhere: what hovering has opened may be in the way.
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape") close();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, [isOpen]);

  if (!isShown) return null;
  return (
    <>
      <button
        ref={button}
        id="presence-badge"
        type="button"
        class="button quiet presence-badge"
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        aria-label={`${count} online: who is where`}
        {...hover}
        onFocus={() => {
          if (!returning.current && button.current?.matches(":focus-visible")) open();
        }}
        onClick={(event) => {
          if (isOpen && pinned) return close();
          pin(event.detail === 0);
        }}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown") return;
          event.preventDefault();
          pin(true);
        }}
      >
        <span aria-hidden="true">📝</span> {count}
      </button>
      {isOpen && (
        <Popover
          anchor={button}
          align="center"
          class="people-online"
          role="dialog"
          label="Who is here"
          onClose={close}
        >
          <div {...hover}>
            <p class="people-head">Online ({count}):</p>
            <ul ref={list} onKeyDown={(event) => walk(event, list.current)}>
              {online.value.map((person, at) => (
                // One stop for Tab, however many they are; the arrow keys go from one to the next.
                <Line key={person.user_id} desk={desk} person={person} tabIndex={at === 0 ? 0 : -1} />
              ))}
            </ul>
          </div>
        </Popover>
      )}
    </>
  );
}

interface LineProps {
  desk: Desk;
  person: Person;
  tabIndex: number;
}

function Line({ desk, person, tabIndex }: LineProps) {
  const { username, section, state } = person;
  const place = section === null ? "" : ` (${placeName(documents.value, section)})`;
  return (
    <li>
      <button
        type="button"
        class="online"
        tabIndex={tabIndex}
        aria-disabled={!canFollow(person)}
        onClick={() => follow(desk, person)}
      >
        <span class="online-name">
          <span class="bullet" style={{ "--person": person.avatar_color }} aria-hidden="true">
            •
          </span>{" "}
          {username}
          {place}
          {isMe(person) && " (you)"}
        </span>{" "}
        <span class="online-state">{state}</span>
      </button>
    </li>
  );
}

const hasFocus = (element: Element | null) => element?.contains(document.activeElement) ?? false;

function walk(event: KeyboardEvent, list: HTMLElement | null): void {
  const lines = [...(list?.querySelectorAll("button") ?? [])];
  const at = lines.indexOf(document.activeElement as HTMLButtonElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
  if (to === undefined) return;
  event.preventDefault();
  lines.at(to % lines.length)?.focus();
}
