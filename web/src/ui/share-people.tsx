/** The people of a project and their roles; its owner can change them. */
import { useRef, useState } from "preact/hooks";
import type { Done } from "../asking";
import type { Desk } from "../desk";
import { leave } from "../projects";
import { add, change, members, remove, roleWord } from "../sharing";
import { session } from "../state";
import type { Member, SharedRole } from "../types";
import { ConfirmLine } from "./confirm-line";
import { pageOf } from "./project-menu";
import { ShareAvatar } from "./share-avatar";
import { RoleChoice } from "./share-role";

/** `owner`: whether one owns the project oneself. */
export function SharePeople({ desk, owner }: { desk: Desk; owner: boolean }) {
  return (
    <>
      {owner && <AddPerson project={desk.project} />}
      <ul class="people" aria-label="People">
        {(members.value ?? []).map((member) => (
          <Person key={member.username} desk={desk} member={member} owner={owner} />
        ))}
      </ul>
    </>
  );
}

function AddPerson({ project }: { project: number }) {
  const input = useRef<HTMLInputElement>(null);
  const [name, setName] = useState("");
  const [role, setRole] = useState<SharedRole>("editor");
  const [error, setError] = useState<string | null>(null);
  const busy = useRef(false);

  const submit = async () => {
    const username = name.trim();
    if (!username || busy.current) return input.current?.focus();
    busy.current = true;
    const refused = await add(project, username, role).finally(() => (busy.current = false));
    setError(refused);
    if (!refused) setName("");
    input.current?.focus();
  };

  return (
    <form
      class="add-person"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <div class="share-line">
        <input
          ref={input}
          autofocus
          type="text"
          aria-label="Add by username"
          aria-invalid={error !== null}
          aria-describedby={error ? "add-person-error" : undefined}
          autocomplete="off"
          autocapitalize="none"
          spellcheck={false}
          placeholder="Add by username"
          value={name}
          onInput={(event) => {
            setName(event.currentTarget.value);
            setError(null);
          }}
        />
        <RoleChoice label="Role of the new person" role={role} onChange={setRole} />
        <button type="submit" class="button">
          Add
        </button>
      </div>
      {error && (
        <p id="add-person-error" class="field-error" role="alert">
          {error}
        </p>
      )}
    </form>
  );
}

interface PersonProps {
  desk: Desk;
  member: Member;
  owner: boolean;
}

function Person({ desk, member, owner }: PersonProps) {
  const row = useRef<HTMLLIElement>(null);
  const [going, setGoing] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const { username, role, you, user_id: id } = member;
  const away = id === null;
  const changeable = owner && !away && role !== "owner";
  const stop = () => {
    setGoing(false);
    row.current?.querySelector<HTMLButtonElement>(".go")?.focus();
  };
  const set = async (to: SharedRole) => setError(await change(desk.project, member, to));

  return (
    <li ref={row} class="person">
      <ShareAvatar name={username} color={member.avatar_color} />
      <span class="person-name">
        <span class="name">{username}</span>
        <span class="aside">{[you && "you", away && "away"].filter(Boolean).join(", ")}</span>
      </span>
      {changeable ? (
        <RoleChoice label={`Role of ${username}`} role={role} onChange={(to) => void set(to)} />
      ) : (
        <span class="soft role">{roleWord(role)}</span>
      )}
      {(changeable || (!owner && you)) && (
        <button
          type="button"
          class="button quiet go"
          aria-expanded={going}
          onClick={() => setGoing(!going)}
        >
          {you ? "Leave…" : "Remove"}
          {!you && <span class="said"> {username}</span>}
        </button>
      )}
      {going && <Farewell desk={desk} member={member} onClose={stop} />}
      {error && (
        <p class="field-error" role="alert">
          {error}
        </p>
      )}
    </li>
  );
}

/** Somebody's part in the project ends: somebody else's, or one's own. */
function Farewell({ desk, member, onClose }: { desk: Desk; member: Member; onClose(): void }) {
  const { username, you } = member;
  const who = session.value;
  const project = { id: desk.project, name: who?.project ?? "" };
  const go = (): Done => (you ? leave(pageOf(desk), project) : remove(desk.project, member));
  return (
    <ConfirmLine
      question={you ? `Leave “${project.name}”?` : `Remove ${username}?`}
      advice={
        you
          ? `What you wrote here stays with ${who?.owner ?? "its owner"}.`
          : "Their words stay; they can open the project no more."
      }
      yes={you ? "Leave" : "Remove"}
      no={you ? "Stay" : "Keep"}
      onYes={go}
      onClose={onClose}
    />
  );
}
