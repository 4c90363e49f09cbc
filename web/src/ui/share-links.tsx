/** Links by which others can join: whoever has one can use it, until it is revoked or over. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { copy } from "../copy";
import { createLink, ENDS, fresh, linkFacts, links, revoke, roleWord } from "../sharing";
import { said } from "../state";
import type { ShareLink, SharedRole } from "../types";
import { ConfirmLine } from "./confirm-line";
import { RoleChoice } from "./share-role";

export function ShareLinks({ project }: { project: number }) {
  return (
    <section class="links" aria-labelledby="share-links">
      <h3 id="share-links" class="group-label">
        Links
      </h3>
      <NewLink project={project} />
      {fresh.value && <Fresh key={fresh.value.id} address={fresh.value.address} />}
      <ul aria-label="Links">
        {(links.value ?? []).map((link) => (
          <LinkRow key={link.id} project={project} link={link} />
        ))}
      </ul>
    </section>
  );
}

function NewLink({ project }: { project: number }) {
  const [role, setRole] = useState<SharedRole>("editor");
  const [end, setEnd] = useState(0);
  const [error, setError] = useState<string | null>(null);
  const busy = useRef(false);
  const make = async () => {
    if (busy.current) return;
    busy.current = true;
    const seconds = ENDS[end]?.seconds ?? null;
    const made = createLink(project, role, seconds, location.origin);
    setError(await made.finally(() => (busy.current = false)));
  };
  return (
    <>
      <div class="share-line">
        <RoleChoice label="Role of whoever follows the link" role={role} onChange={setRole} />
        <select
          aria-label="How long the link is good"
          value={end}
          onChange={(event) => setEnd(Number(event.currentTarget.value))}
        >
          {ENDS.map(({ label }, at) => (
            <option key={label} value={at}>
              {label}
            </option>
          ))}
        </select>
        <button type="button" class="button" onClick={() => void make()}>
          New link
        </button>
      </div>
      {error && (
        <p class="field-error" role="alert">
          {error}
        </p>
      )}
    </>
  );
}

/** The one time its address is there to be read. */
function Fresh({ address }: { address: string }) {
  const field = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState<boolean | null>(null);
  const select = () => {
    field.current?.focus();
    field.current?.select();
    // Its beginning is what one recognises an address by.
    if (field.current) field.current.scrollLeft = 0;
  };
  useLayoutEffect(select, []);
  const press = async () => {
    const worked = await copy(address);
    setCopied(worked);
    select();
    const instead = "This browser does not let the page copy. The address is selected.";
    said.value = worked ? "Copied" : instead;
  };
  return (
    <div class="fresh">
      <div class="share-line">
        <input
          ref={field}
          type="text"
          readOnly
          aria-label="Address of the new link"
          aria-describedby="fresh-link-note"
          value={address}
        />
        <button type="button" class="button primary" onClick={() => void press()}>
          {copied ? "Copied" : "Copy"}
        </button>
      </div>
      <p id="fresh-link-note" class="hint">
        Shown only once: copy it now.
      </p>
    </div>
  );
}

function LinkRow({ project, link }: { project: number; link: ShareLink }) {
  const row = useRef<HTMLLIElement>(null);
  const [going, setGoing] = useState(false);
  return (
    <li ref={row} class="link-row">
      <span class="name">{roleWord(link.role)}</span>
      <span class="aside">{linkFacts(link, new Date())}</span>
      <button
        type="button"
        class="button quiet go"
        aria-expanded={going}
        onClick={() => setGoing(!going)}
      >
        Revoke
      </button>
      {going && (
        <ConfirmLine
          question="Revoke this link?"
          advice="Nobody can join by it any more; visitors who came by it lose access."
          yes="Revoke"
          no="Keep it"
          onYes={() => revoke(project, link)}
          onClose={() => {
            setGoing(false);
            row.current?.querySelector<HTMLButtonElement>(".go")?.focus();
          }}
        />
      )}
    </li>
  );
}
