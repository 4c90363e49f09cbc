/**
 * Others in the section one is in: a line above the text on entering, with a choice, and a quiet
 * one when somebody comes later. Neither moves the text under hands that type: the room the first
 * one leaves stays with the text until the section is left, and the second lies over the half of
 * the text in which the cursor is not.
 */
import { X } from "lucide";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Desk } from "../desk";
import { arrivals, arrivalWords, dismissArrivals, editAnyway, warning } from "../presence";
import { panel, shown } from "../state";
import { Icon } from "./icon";

export function PresenceNotice({ desk }: { desk: Desk }) {
  const line = useRef<HTMLDivElement>(null);
  const height = useRef(0);
  const now = warning.value;
  const section = shown.value;

  useLayoutEffect(() => {
    if (line.current) height.current = line.current.offsetHeight;
  });
  useLayoutEffect(() => {
    if (now) return () => desk.keepRoom(height.current);
    return undefined;
  }, [now !== null]);
  useLayoutEffect(() => desk.keepRoom(0), [section]);

  if (!now) return null;
  return (
    <div
      ref={line}
      class={`notice occupied ${now.editing ? "" : "looking"}`}
      role="region"
      aria-label="Somebody is in this section"
    >
      <p>
        {now.editing && <span aria-hidden="true">⚠️ </span>}
        <strong>{now.words}</strong>
      </p>
      <div class="notice-actions">
        <button type="button" class="button" onClick={() => editAnyway(desk)}>
          Edit anyway
        </button>
        <button type="button" class="button" onClick={() => (panel.value = "free-chooser")}>
          Choose different section
        </button>
      </div>
    </div>
  );
}

export function ArrivalNotice({ desk }: { desk: Desk }) {
  const people = arrivals.value;
  const isShown = people.length > 0;
  const [low, setLow] = useState(false);
  useLayoutEffect(() => {
    if (isShown) setLow(!desk.isCursorLow());
  }, [isShown]);
  if (!isShown) return null;
  return (
    <div class={`arrival ${low ? "low" : ""}`} role="region" aria-label="Somebody has come">
      <span>{arrivalWords(people)}</span>
      <button type="button" class="button quiet tiny" aria-label="Dismiss" onClick={dismissArrivals}>
        <Icon of={X} size={14} />
      </button>
    </div>
  );
}
