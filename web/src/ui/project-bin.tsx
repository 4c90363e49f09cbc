/** The projects in the bin, folded away until they are asked for. */
import { ChevronDown, ChevronRight } from "lucide";
import { useState } from "preact/hooks";
import { bin, restore } from "../projects";
import { shortDay } from "../time";
import type { Binned } from "../types";
import { Icon } from "./icon";

export function Bin() {
  const [open, setOpen] = useState(false);
  const count = bin.value.length;
  if (count === 0) return null;
  return (
    <>
      <button
        type="button"
        class="button quiet line-button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Icon of={open ? ChevronDown : ChevronRight} size={14} />
        Bin ({count})
      </button>
      {open && (
        <ul aria-label="Bin" class="bin">
          {bin.value.map((binned) => (
            <BinRow key={binned.id} binned={binned} />
          ))}
        </ul>
      )}
    </>
  );
}

function BinRow({ binned }: { binned: Binned }) {
  const [error, setError] = useState<string | null>(null);
  const { name, kept_until: until } = binned;
  return (
    <li class="bin-row">
      <div class="binned">
        <p class="name">{name}</p>
        <p class="aside">
          kept until <time dateTime={until}>{shortDay(new Date(until))}</time>
        </p>
      </div>
      <button
        type="button"
        class="button"
        aria-label={`Restore ${name}`}
        onClick={() => void restore(binned).then(setError)}
      >
        Restore
      </button>
      {error && (
        <p class="field-error" role="alert">
          {error}
        </p>
      )}
    </li>
  );
}
