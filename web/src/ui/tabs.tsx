/** On narrow screens: which column is on show. */
import type { Desk } from "../desk";
import { pane } from "../state";

const PANES = [
  { id: "outline", label: "Outline" },
  { id: "text", label: "Text" },
] as const;

export function Tabs({ desk }: { desk: Desk }) {
  return (
    <nav class="tabs" aria-label="Columns">
      {PANES.map(({ id, label }) => (
        <button
          key={id}
          type="button"
          aria-pressed={pane.value === id}
          onClick={() => {
            pane.value = id;
            desk.measure();
          }}
        >
          {label}
        </button>
      ))}
    </nav>
  );
}
