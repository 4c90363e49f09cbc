/** People as small signs: their initials in a ring of their colour, or only a dot. */
import { describe, initials } from "../presence/people";
import { documents } from "../state";
import type { Person } from "../types";

/** How many dots or small avatars stand beside a section's name. */
const FEW = 3;

const colour = (person: Person) => ({ "--person": person.avatar_color });

export function PresenceAvatar({ person, small = false }: { person: Person; small?: boolean }) {
  const style = `avatar ${small ? "small" : ""}`;
  return (
    <span class={style} data-state={person.state} style={colour(person)} aria-hidden="true">
      {initials(person.username)}
    </span>
  );
}

/** Who is in a section: dots in the outline, small avatars where there is more room. */
export function PeopleHere({ people, as }: { people: readonly Person[]; as: "dots" | "avatars" }) {
  if (people.length === 0) return null;
  const words = people.map((person) => describe(person, documents.value)).join("; ");
  const rest = people.length - FEW;
  return (
    <span class="here" title={words}>
      {people.slice(0, FEW).map((person) =>
        as === "avatars" ? (
          <PresenceAvatar key={person.user_id} person={person} small />
        ) : (
          <span
            key={person.user_id}
            class="person-dot"
            data-state={person.state}
            style={colour(person)}
            aria-hidden="true"
          />
        ),
      )}
      {rest > 0 && (
        <span class="more-people" aria-hidden="true">
          +{rest}
        </span>
      )}
      <span class="said">: {people.map(({ username, state }) => `${username} (${state})`).join(", ")}</span>
    </span>
  );
}
