/** Signing up over the text: a name, a password, and the writing goes on where it was. */
import type { RefObject } from "preact";
import { useRef, useState } from "preact/hooks";
import { signUp, type Objection } from "../account";
import { pages } from "../api";
import type { Desk } from "../desk";
import { panel, said, session } from "../state";
import { goingTo } from "./going-to";
import { Popover } from "./popover";

const close = () => {
  panel.value = null;
};

export function SignUp({ desk, anchor }: { desk: Desk; anchor: RefObject<HTMLElement | null> }) {
  const form = useRef<HTMLFormElement>(null);
  const [visible, setVisible] = useState(false);
  const [busy, setBusy] = useState(false);
  const [objection, setObjection] = useState<Objection | null>(null);

  const field = (name: string) => form.current?.elements.namedItem(name) as HTMLInputElement | null;

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const [username, password] = [field("username"), field("password")];
    if (!username || !password) return;
    setBusy(true);
    const refused = await signUp(desk, username.value.trim(), password.value).finally(() =>
      setBusy(false),
    );
    setObjection(refused);
    if (refused) return field(refused.field ?? "username")?.focus();
    said.value = `Signed up as ${username.value.trim()}. Your text stays as it is.`;
    close();
  };

  const about = (name: Objection["field"]) =>
    objection?.field === name && (
      <p class="field-error" id={`sign-up-${name ?? "form"}-error`} role="alert">
        {objection.sentence}
      </p>
    );
  /** The hint, or in its place what is wrong. */
  const note = (name: "username" | "password", hint: string) =>
    about(name) || (
      <p class="hint" id={`sign-up-${name}-hint`}>
        {hint}
      </p>
    );
  const described = (name: "username" | "password") => ({
    "aria-invalid": objection?.field === name,
    "aria-describedby": `sign-up-${name}-${objection?.field === name ? "error" : "hint"}`,
  });

  return (
    <Popover anchor={anchor} align="end" stays class="form" role="dialog" label="Sign up" onClose={close}>
      <form ref={form} onSubmit={submit}>
        <h2>Keep what you wrote</h2>
        <p class="soft">
          {session.value?.role === "owner"
            ? "Your text moves into your new account. The page stays as it is."
            : "Your own workspace moves into your new account, and you stay in this project."}
        </p>
        <label for="sign-up-username">Name</label>
        <input
          id="sign-up-username"
          name="username"
          autofocus
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          required
          minLength={2}
          maxLength={39}
          {...described("username")}
        />
        {note("username", "2 to 39 of a–z, 0–9 and -")}
        <label for="sign-up-password">Password</label>
        <div class="with-button">
          <input
            id="sign-up-password"
            name="password"
            // The type of JSX knows no field that changes its type; browsers do.
            type={(visible ? "text" : "password") as "password"}
            autocomplete="new-password"
            required
            minLength={8}
            {...described("password")}
          />
          <button
            type="button"
            class="button quiet"
            aria-pressed={visible}
            aria-label="Show password"
            onClick={() => setVisible(!visible)}
          >
            {visible ? "Hide" : "Show"}
          </button>
        </div>
        {note("password", "At least 8 characters")}
        {about(null)}
        <div class="form-actions">
          <button type="submit" class="button primary" disabled={busy}>
            {busy ? "Signing up…" : "Sign up"}
          </button>
          <button type="button" class="button quiet" onClick={close}>
            Not now
          </button>
        </div>
        <p class="soft">
          Have an account?{" "}
          <a href={pages.logIn} onClick={goingTo(desk)}>
            Log in
          </a>
        </p>
      </form>
    </Popover>
  );
}
