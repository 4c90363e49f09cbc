/** "Really?", beside the thing it is about. */
import type { RefObject } from "preact";
import { Popover } from "./popover";

interface Props {
  anchor: RefObject<HTMLElement | null>;
  question: string;
  /** A gentler way, if there is one. */
  advice: string;
  yes: string;
  no: string;
  onYes(): void;
  onClose(): void;
}

export function Confirm({ anchor, question, advice, yes, no, onYes, onClose }: Props) {
  return (
    <Popover anchor={anchor} class="form" role="dialog" label={question} onClose={onClose}>
      <h2>{question}</h2>
      {advice && <p class="soft">{advice}</p>}
      <div class="form-actions">
        <button
          type="button"
          class="button danger"
          onClick={() => {
            onClose();
            onYes();
          }}
        >
          {yes}
        </button>
        <button autofocus type="button" class="button" onClick={onClose}>
          {no}
        </button>
      </div>
    </Popover>
  );
}
