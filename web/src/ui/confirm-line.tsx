/** "Really?", in a line of its own below the thing it is about. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Done } from "../asking";

interface Props {
  question: string;
  /** What follows from it. */
  advice: string;
  yes: string;
  no: string;
  onYes(): Done;
  /** Changed one's mind, or done. */
  onClose(): void;
}

export function ConfirmLine({ question, advice, yes, no, onYes, onClose }: Props) {
  const gentle = useRef<HTMLButtonElement>(null);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  useLayoutEffect(() => gentle.current?.focus(), []);

  const go = async () => {
    if (busy) return;
    setBusy(true);
    const refused = await onYes().finally(() => setBusy(false));
    if (refused) setError(refused);
    else onClose();
  };

  return (
    <div
      class="confirm-line"
      role="group"
      aria-label={question}
      data-escape
      onKeyDown={(event) => {
        event.stopPropagation(); // these keys are an answer, not a way through the list around it
        if (event.key === "Escape") onClose();
      }}
    >
      <p>
        <strong>{question}</strong> {advice}
      </p>
      <div class="form-actions">
        <button type="button" class="button danger" onClick={() => void go()}>
          {yes}
        </button>
        <button ref={gentle} type="button" class="button" onClick={onClose}>
          {no}
        </button>
      </div>
      {error && (
        <p class="field-error" role="alert">
          {error}
        </p>
      )}
    </div>
  );
}
