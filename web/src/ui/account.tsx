/** Who is writing. A visitor can become a member here without leaving the page. */
import { ChevronDown } from "lucide";
import { useRef } from "preact/hooks";
import { csrfToken, pages } from "../api";
import type { Desk } from "../desk";
import { panel, session } from "../state";
import { goingTo, plain } from "./going-to";
import { Icon } from "./icon";
import { Menu } from "./menu";
import { SignUp } from "./sign-up";

export function Account({ desk }: { desk: Desk }) {
  const who = session.value;
  if (!who) return null;
  return who.kind === "visitor" ? <Visitor desk={desk} /> : <Member desk={desk} name={who.username} />;
}

function Visitor({ desk }: { desk: Desk }) {
  const link = useRef<HTMLAnchorElement>(null);
  const open = panel.value === "sign-up";
  return (
    <>
      <a class="button quiet log-in" href={pages.logIn} onClick={goingTo(desk)}>
        Log in
      </a>
      <a
        ref={link}
        class="button primary"
        href={pages.signUp}
        aria-expanded={open}
        onClick={(event) => {
          if (!plain(event)) return;
          event.preventDefault();
          panel.value = open ? null : "sign-up";
        }}
      >
        Sign up
      </a>
      {open && <SignUp desk={desk} anchor={link} />}
    </>
  );
}

function Member({ desk, name }: { desk: Desk; name: string }) {
  const form = useRef<HTMLFormElement>(null);
  const logOut = async () => {
    await desk.settle();
    const token = form.current?.elements.namedItem("csrfmiddlewaretoken");
    if (token instanceof HTMLInputElement) token.value = csrfToken();
    form.current?.submit();
  };
  return (
    <>
      <Menu
        label={`Account of ${name}`}
        class="button quiet"
        items={[{ label: "Log out", run: () => void logOut() }]}
      >
        <span class="account-name">{name}</span>
        <Icon of={ChevronDown} size={14} />
      </Menu>
      <form ref={form} method="post" action={pages.logOut} hidden>
        <input type="hidden" name="csrfmiddlewaretoken" />
      </form>
    </>
  );
}
