/** Words typed as an editor, whose writer may only read the project now. Nothing is decided here. */
import type { Desk } from "../desk";
import { letGo, showSaved } from "../sections";
import { host, keeps } from "../state";
import { Copy, useAttempt } from "./left-notice";

export function UnsentNotice({ desk }: { desk: Desk }) {
  const [error, attempt] = useAttempt();
  const text = desk.onDesk;
  if (!text) return null;
  const discard = () => (text.vanished ? letGo(desk, text) : showSaved(desk, text));
  return (
    <div class="notice" role="region" aria-label="Text that is not saved">
      <p>
        <strong>You can only read this project now.</strong> What you wrote in this section since the
        last save is kept in this {keeps.value ? "browser" : "tab"}, and is sent if{" "}
        {host.value ?? "the owner"} lets you write again. {error}
      </p>
      <div class="notice-actions">
        <Copy label="Copy my text" content={() => text.content} />
        <button type="button" class="button quiet" onClick={() => attempt(discard)}>
          Discard it
        </button>
      </div>
    </div>
  );
}
