/** The top line: where one is, and who one is. */
import type { Desk } from "../desk";
import { session } from "../state";
import { Account } from "./account";
import { Appearance } from "./appearance";
import { Chooser } from "./chooser";

export function Bar({ desk }: { desk: Desk }) {
  return (
    <header class="bar">
      <div class="bar-start">
        <span class="brand">SciTeX Writer</span>
        <span class="project" title={session.value?.project}>
          {session.value?.project}
        </span>
      </div>
      <div class="bar-middle">
        <Chooser desk={desk} />
      </div>
      <div class="bar-end">
        <Account desk={desk} />
        <Appearance desk={desk} />
      </div>
    </header>
  );
}
