/** One line above the text, when there is something only the writer can decide. */
import { useState } from "preact/hooks";
import { leaveFor } from "../account";
import { pages } from "../api";
import type { Desk } from "../desk";
import { current, ended, keeps, shown, stranded, statuses } from "../state";
import { goingTo } from "./going-to";
import { LeftNotice, StrandedNotice, VanishedNotice } from "./left-notice";

export function Notice({ desk }: { desk: Desk }) {
  if (ended.value) return <EndedNotice desk={desk} />;
  const id = current.value;
  const standing = id === null ? undefined : statuses.value.get(id)?.standing;
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
  return (
    <div class="notice" role="alert">
      <p>
        <strong>{ended.value?.sentence}</strong> {unsaved && kept}
      </p>
      <div class="notice-actions">
        <button
          type="button"
          class="button primary"
          onClick={() => void leaveFor(desk, pages.writer)}
        >
          Open the writer again
        </button>
        <a class="button" href={pages.logIn} onClick={goingTo(desk)}>
          Log in
        </a>
      </div>
    </div>
  );
}
