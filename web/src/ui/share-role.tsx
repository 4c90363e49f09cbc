/** Editor or viewer. */
import { ROLES } from "../sharing";
import type { SharedRole } from "../types";

interface Props {
  label: string;
  role: SharedRole;
  onChange(role: SharedRole): void;
}

export function RoleChoice({ label, role, onChange }: Props) {
  return (
    <select
      aria-label={label}
      value={role}
      onChange={(event) => onChange(event.currentTarget.value as SharedRole)}
    >
      {ROLES.map(({ role: one, label: word }) => (
        <option key={one} value={one}>
          {word}
        </option>
      ))}
    </select>
  );
}
