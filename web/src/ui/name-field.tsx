/** A section's name, typed in its place in the outline. Says what the file will be called. */
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { fileName } from "../names";

interface Props {
  label: string;
  placeholder?: string;
  initial: string;
  /** Gives an error sentence, or `null` if it is done. */
  onDone(name: string): Promise<string | null>;
  onClose(): void;
}

export function NameField({ label, placeholder, initial, onDone, onClose }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const [title, setTitle] = useState(initial);
  const [error, setError] = useState<string | null>(null);
  const busy = useRef(false);
  useLayoutEffect(() => input.current?.select(), []);
  const name = fileName(title);

  const submit = async () => {
    if (busy.current) return;
    if (title.trim() === initial) return onClose();
    if (!name) return setError("A name needs at least one letter of a–z.");
    busy.current = true;
    const refused = await onDone(name).finally(() => (busy.current = false));
    if (refused) setError(refused);
    else onClose();
  };

  return (
    <form
      class="name-field"
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape") onClose();
      }}
      onFocusOut={() => {
        // Leaving it empty is changing one's mind; leaving it with an error is reading the error.
        if (!title.trim() || title.trim() === initial) onClose();
      }}
    >
      <input
        ref={input}
        aria-label={label}
        aria-invalid={error !== null}
        aria-describedby="name-field-hint"
        autocomplete="off"
        placeholder={placeholder}
        maxLength={64}
        value={title}
        onInput={(event) => {
          setTitle(event.currentTarget.value);
          setError(null);
        }}
      />
      <p id="name-field-hint" class={error ? "field-error" : "hint"} aria-live="polite">
        {error ?? (name ? `${name}.tex` : "Enter to confirm, Escape to leave it")}
      </p>
    </form>
  );
}
