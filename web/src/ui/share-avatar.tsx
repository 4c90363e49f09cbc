/** A person's initials in a ring of their colour. The name stands beside it, so it is decoration. */
import { initials } from "../presence/people";

export function ShareAvatar({ name, color }: { name: string; color: string }) {
  return (
    <span class="share-avatar" style={{ borderColor: color }} aria-hidden="true">
      {initials(name)}
    </span>
  );
}
