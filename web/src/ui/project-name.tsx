/** A project's name, typed in its place in the menu. What the server objects to is said below it. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Done } from "../asking";

interface Props {
  label: string;
  initial: string;
  yes: string;
  onDone(name: string): Done;
  onClose(): void;
}

/** The server's rule. */
const LONGEST = 64;
const RULE = "Letters, digits, spaces and - _ .";

export function ProjectName({ label, initial, yes, onDone, onClose }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const [name, setName] = useState(initial);
  const [error, setError] = useState<string | null>(null);
  const busy = useRef(false);
  useLayoutEffect(() => {
    input.current?.focus();
    input.current?.select();
  }, []);

  const submit = async () => {
    const wanted = name.trim();
    if (busy.current) return;
    if (wanted && wanted === initial) return onClose();
    busy.current = true;
    const refused = await onDone(wanted).finally(() => (busy.current = false));
    setError(refused);
    if (refused) input.current?.focus();
    else onClose();
  };

  return (
    <form
      class="project-name-form"
      data-escape
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
      onKeyDown={(event) => {
        event.stopPropagation(); // these keys belong to the field, not to the list around it
        if (event.key === "Escape") onClose();
      }}
    >
      <div class="with-button">
        <input
          ref={input}
          type="text"
          aria-label={label}
          aria-invalid={error !== null}
          aria-describedby="project-name-note"
          autocomplete="off"
          spellcheck={false}
          placeholder="Name of the project"
          maxLength={LONGEST}
          value={name}
          onInput={(event) => {
            setName(event.currentTarget.value);
            setError(null);
          }}
        />
        <button type="submit" class="button quiet">
          {yes}
        </button>
      </div>
      <p id="project-name-note" class={error ? "field-error" : "hint"} aria-live="polite">
        {error ?? RULE}
      </p>
    </form>
  );
}
