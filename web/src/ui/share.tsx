/** Who takes part in the project, and how others can: a button in the bar and what it opens. */
import { UserPlus, X } from "lucide";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Desk } from "../desk";
import { others } from "../presence";
import { fresh, links, load, members } from "../sharing";
import { ended, panel, session } from "../state";
import { shortDate } from "../time";
import { Icon } from "./icon";
import { Popover } from "./popover";
import { ShareLinks } from "./share-links";
import { SharePeople } from "./share-people";

const close = () => {
  panel.value = null;
};

export function Share({ desk }: { desk: Desk }) {
  const button = useRef<HTMLButtonElement>(null);
  const open = panel.value === "share";
  if (!session.value || ended.value) return null;
  return (
    <>
      <button
        ref={button}
        type="button"
        class="button quiet share-button"
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => (panel.value = open ? null : "share")}
      >
        <Icon of={UserPlus} />
        <span class="share-word">Share</span>
      </button>
      {open && (
        <Popover
          anchor={button}
          align="end"
          // A link that is told only once must not go away with a stray click.
          stays={fresh.value !== null}
          class="share"
          role="dialog"
          label="Share"
          onClose={close}
        >
          <Sharing
            desk={desk}
            onClose={() => {
              close();
              button.current?.focus();
            }}
          />
        </Popover>
      )}
    </>
  );
}

function Sharing({ desk, onClose }: { desk: Desk; onClose(): void }) {
  const [error, setError] = useState<string | null>(null);
  const head = useRef<HTMLDivElement>(null);
  const who = session.value;
  const role = who?.role ?? "viewer";
  // Somebody who comes by a link while the list is open belongs into it.
  const company = others.value.map(({ user_id }) => user_id).join();

  useEffect(() => {
    load(desk.project, role).catch((problem: unknown) => {
      setError(problem instanceof Error ? problem.message : String(problem));
    });
  }, [role, company]);
  useEffect(() => () => (fresh.value = null), []);
  useEffect(() => {
    // The row that had the focus may be gone.
    if (document.activeElement === document.body) head.current?.querySelector("button")?.focus();
  }, [members.value, links.value]);

  return (
    <>
      <div ref={head} class="share-head">
        <h2>{role === "owner" ? `Share “${who?.project}”` : `People in “${who?.project}”`}</h2>
        <button
          autofocus={role !== "owner"}
          type="button"
          class="button quiet tiny"
          aria-label="Close"
          onClick={onClose}
        >
          <Icon of={X} />
        </button>
      </div>
      {error && (
        <p class="field-error" role="alert">
          {error}
        </p>
      )}
      <SharePeople desk={desk} owner={role === "owner"} />
      {role === "owner" && <ShareLinks project={desk.project} />}
      {role === "owner" && who?.lease && (
        <p class="hint share-note">
          This workspace is kept until {shortDate(new Date(who.lease.expires_at))}. Signing up keeps it,
          and everybody in it.
        </p>
      )}
    </>
  );
}
