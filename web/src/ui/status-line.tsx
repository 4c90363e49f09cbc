/** The bottom line: where the text is, how long it is kept, how much it is, where one is in it. */
import { pages } from "../api";
import type { Desk } from "../desk";
import { currentSection, cursor, host, liveWords, panel, saveLine, session, shown } from "../state";
import { shortDate } from "../time";
import { plain } from "./going-to";

export function StatusLine({ desk }: { desk: Desk }) {
  return (
    <footer class="status">
      <SaveState desk={desk} />
      <Host />
      <Lease />
      <span class="status-gap" />
      <Counts />
    </footer>
  );
}

function SaveState({ desk }: { desk: Desk }) {
  const { kind, elsewhere, ...line } = saveLine.value;
  const viewing = kind === "viewing" && host.value;
  const words = viewing ? `${line.words} · ${whose(viewing)}` : line.words;
  return (
    <span id="save-state" class="save-state" data-kind={kind}>
      <span class="dot" aria-hidden="true" />
      {elsewhere ? (
        <button type="button" class="link" onClick={() => desk.open(elsewhere)}>
          {words}
        </button>
      ) : (
        <span>{words}</span>
      )}
    </span>
  );
}

/** Whose project it is; for a viewer that stands with "View only". */
function Host() {
  if (!host.value || saveLine.value.kind === "viewing") return null;
  return <span class="host">{whose(host.value)}</span>;
}

const whose = (owner: string) => `${owner}'s project`;

/** A visitor's own workspace; in somebody else's project that is not what is on the screen. */
function Lease() {
  const lease = session.value?.lease;
  if (!lease) return null;
  const guest = session.value?.role !== "owner";
  const until = new Date(lease.expires_at);
  return (
    <span id="lease" class="lease">
      <span class="slot">{lease.slot} · </span>
      {guest && "your workspace "}kept until{" "}
      <time dateTime={lease.expires_at}>{shortDate(until)}</time>
      <span class="until-link"> · </span>
      <a
        href={pages.signUp}
        onClick={(event) => {
          if (!plain(event)) return;
          event.preventDefault();
          panel.value = "sign-up";
        }}
      >
        Sign up to keep it{guest && <span class="place"> and your place here</span>}
      </a>
    </span>
  );
}

function Counts() {
  const section = currentSection.value;
  if (!section || shown.value !== section.id) return null;
  const words = liveWords.value.get(section.id) ?? section.words;
  const { line, column } = cursor.value;
  return (
    <>
      <span id="word-count" class="counts">
        {section.label} {words.toLocaleString("en")} {words === 1 ? "word" : "words"}
      </span>
      <span id="cursor-position" class="counts position">
        Ln {line}, Col {column}
      </span>
    </>
  );
}
