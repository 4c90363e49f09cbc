/** One line above the text, when there is something only the writer can decide. */
import { useState } from "preact/hooks";
import { leaveFor } from "../account";
import { pages } from "../api";
import type { Desk } from "../desk";
import { current, ended, keeps, readOnly, session, shown, stranded, statuses } from "../state";
import { goingTo } from "./going-to";
import { Copy, LeftNotice, StrandedNotice, VanishedNotice } from "./left-notice";
import { UnsentNotice } from "./unsent-notice";

export function Notice({ desk }: { desk: Desk }) {
  if (ended.value) return <EndedNotice desk={desk} />;
  const id = current.value;
  const standing = id === null ? undefined : statuses.value.get(id)?.standing;
  const unsent = standing !== undefined && standing !== "saved" && standing !== "saving";
  if (readOnly.value && unsent) return <UnsentNotice key={id} desk={desk} />;
  if (standing === "conflict") return <ConflictNotice key={id} desk={desk} />;
  if (standing === "vanished") return <VanishedNotice key={id} desk={desk} />;
  const [left] = stranded.value;
  if (!left || !shown.value) return null;
  const key = `${left.section} ${left.at}`;
  if (left.why === "section") return <LeftNotice key={key} desk={desk} left={left} />;
  return <StrandedNotice key={key} desk={desk} left={left} />;
}

function ConflictNotice({ desk }: { desk: Desk }) {
  const [busy, setBusy] = useState(false);
  const text = desk.onDesk;
  if (!text) return null;
  return (
    <div class="notice" role="region" aria-label="Two versions">
      <p>
        <strong>This section was changed elsewhere at the same place.</strong>{" "}
        <span class="aside">Both texts stay in the history.</span>
      </p>
      <div class="notice-actions">
        <button type="button" class="button" disabled={busy} onClick={() => desk.keepMine(text)}>
          Keep my text
        </button>
        <button
          type="button"
          class="button"
          disabled={busy}
          onClick={() => {
            setBusy(true);
            void desk.useOther(text).finally(() => setBusy(false));
          }}
        >
          Use the other text
        </button>
      </div>
    </div>
  );
}

function EndedNotice({ desk }: { desk: Desk }) {
  const unsaved = [...statuses.value.values()].some(({ standing }) => standing !== "saved");
  const kept = keeps.value
    ? "What is not saved yet is kept in this browser."
    : "What is not saved yet is only in this tab: copy it before you go.";
  const out = ended.value?.code === "project_not_found";
  const text = desk.onDesk;
  return (
    <div class="notice" role="alert">
      <p>
        <strong>{out ? "This project is not open to you any more." : ended.value?.sentence}</strong>{" "}
        {out && "You were removed from it, or it was moved to the bin. "}
        {unsaved && kept}
      </p>
      <div class="notice-actions">
        {out && text && statuses.value.get(text.id)?.standing !== "saved" && (
          <Copy label="Copy my text" content={() => text.content} />
        )}
        <button
          type="button"
          class="button primary"
          onClick={() => void leaveFor(desk, pages.writer)}
        >
          Open the writer again
        </button>
        {!(out && session.value?.kind === "member") && (
          <a class="button" href={pages.logIn} onClick={goingTo(desk)}>
            Log in
          </a>
        )}
      </div>
    </div>
  );
}
