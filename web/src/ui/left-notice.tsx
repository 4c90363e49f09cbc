/** Words that have nowhere to go: their section or their project is gone. Nothing is decided here. */
import { useState } from "preact/hooks";
import { copy } from "../copy";
import type { Desk } from "../desk";
import { split } from "../names";
import { addAgain, addWith, insertHere, letGo } from "../sections";
import { keeps, readOnly, said, type Stranded } from "../state";
import { shortDate } from "../time";

/** The section on screen was deleted or renamed elsewhere while it was being typed in. */
export function VanishedNotice({ desk }: { desk: Desk }) {
  const [error, attempt] = useAttempt();
  const text = desk.onDesk;
  if (!text) return null;
  const [, name] = split(text.id);
  return (
    <div class="notice" role="region" aria-label="A section that is gone">
      <p>
        <strong>“{name}” was deleted or renamed elsewhere.</strong> Your text is kept in this{" "}
        {keeps.value ? "browser" : "tab"}. {error}
      </p>
      <div class="notice-actions">
        <button type="button" class="button" onClick={() => attempt(() => addAgain(desk, text))}>
          Add the section again
        </button>
        <Copy content={() => text.content} />
        <button type="button" class="button quiet" onClick={() => attempt(() => letGo(desk, text))}>
          Discard
        </button>
      </div>
    </div>
  );
}

/** Left behind by an earlier page; the section it was typed in is not there any more. */
export function LeftNotice({ desk, left }: { desk: Desk; left: Stranded }) {
  const [error, attempt] = useAttempt();
  const [, name] = split(left.section);
  return (
    <div class="notice" role="region" aria-label="Text of a section that is gone">
      <p>
        <strong>Words of yours are left from “{name}”, which is gone</strong> (
        {shortDate(new Date(left.at))}). {error}
      </p>
      <div class="notice-actions">
        {!readOnly.value && (
          <button type="button" class="button" onClick={() => attempt(() => addWith(desk, left))}>
            Add them as a section
          </button>
        )}
        <Copy content={() => left.content} />
        <button type="button" class="button quiet" onClick={() => left.discard()}>
          Discard
        </button>
      </div>
    </div>
  );
}

/** Left behind by an earlier page; its project is out of this session's reach. */
export function StrandedNotice({ desk, left }: { desk: Desk; left: Stranded }) {
  const [error, attempt] = useAttempt();
  const [document, name] = split(left.section);
  return (
    <div class="notice" role="region" aria-label="Text from an earlier visit">
      <p>
        <strong>Text from an earlier visit is still in this browser:</strong> {name} of the {document},
        {left.writer ? ` written as ${left.writer}, ` : " written "}
        {shortDate(new Date(left.at))}. {error}
      </p>
      <div class="notice-actions">
        {!readOnly.value && (
          <button type="button" class="button" onClick={() => attempt(() => insertHere(desk, left))}>
            Insert it here
          </button>
        )}
        <Copy content={() => left.content} />
        <button type="button" class="button quiet" onClick={() => left.discard()}>
          Throw it away
        </button>
      </div>
    </div>
  );
}

/** Copies a text, and says so on the button. */
export function Copy({ label = "Copy", content }: { label?: string; content: () => string }) {
  const [done, setDone] = useState(false);
  const press = async () => {
    const worked = await copy(content());
    setDone(worked);
    said.value = worked ? "Copied." : "This browser does not let the page copy.";
  };
  return (
    <button type="button" class="button" onClick={() => void press()}>
      {done ? "Copied" : label}
    </button>
  );
}

/** Runs what a button asks for, one thing at a time, and gives its error sentence, if any. */
export function useAttempt(): [string | null, (work: () => Promise<string | null>) => void] {
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const attempt = (work: () => Promise<string | null>) => {
    if (busy) return;
    setBusy(true);
    void work()
      .then(setError)
      .finally(() => setBusy(false));
  };
  return [error, attempt];
}
