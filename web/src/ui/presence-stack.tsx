/** The others, on the right of the bar; each leads to where they are. */
import type { Desk } from "../desk";
import { canFollow, follow, others } from "../presence";
import { describe } from "../presence/people";
import { documents, panel } from "../state";
import { PresenceAvatar } from "./presence-avatar";

/** More than these are one number. */
const MOST = 5;

export function PresenceStack({ desk }: { desk: Desk }) {
  const people = others.value;
  if (people.length === 0) return null;
  // One more than fits would only be replaced by a "+1" of the same width.
  const shown = people.length > MOST + 1 ? people.slice(0, MOST) : people;
  const rest = people.length - shown.length;
  return (
    <ul class="stack" aria-label="Others who are here">
      {shown.map((person) => {
        const words = describe(person, documents.value);
        return (
          <li key={person.user_id}>
            <button
              type="button"
              title={words}
              aria-disabled={!canFollow(person)}
              onClick={() => follow(desk, person)}
            >
              <PresenceAvatar person={person} />
              <span class="said">{words}</span>
            </button>
          </li>
        );
      })}
      {rest > 0 && (
        <li>
          <button
            type="button"
            class="stack-rest"
            aria-label={`${rest} more`}
            title="Show everybody"
            onClick={() => (panel.value = "people")}
          >
            +{rest}
          </button>
        </li>
      )}
    </ul>
  );
}
