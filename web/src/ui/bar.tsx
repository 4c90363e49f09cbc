/** The top line: where one is, and who one is. */
import type { Desk } from "../desk";
import { currentSection, session } from "../state";
import { Account } from "./account";
import { Appearance } from "./appearance";
import { Chooser } from "./chooser";

export function Bar({ desk }: { desk: Desk }) {
  return (
    <header class="bar">
      <h1 class="said">{[currentSection.value?.label, session.value?.project].filter(Boolean).join(", ")}</h1>
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
