/** The top line: where one is, and who one is. */
import type { Desk } from "../desk";
import { currentSection, session } from "../state";
import { Account } from "./account";
import { Appearance } from "./appearance";
import { Chooser } from "./chooser";
import { PresenceBadge } from "./presence-badge";
import { PresenceStack } from "./presence-stack";
import { ProjectMenu } from "./project-menu";
import { Share } from "./share";

export function Bar({ desk }: { desk: Desk }) {
  return (
    <header class="bar">
      <h1 class="said">{[currentSection.value?.label, session.value?.project].filter(Boolean).join(", ")}</h1>
      <div class="bar-start">
        <span class="brand">SciTeX Writer</span>
        <ProjectMenu desk={desk} place="bar" />
      </div>
      <div class="bar-middle">
        <Chooser desk={desk} />
        <PresenceBadge desk={desk} />
      </div>
      <div class="bar-end">
        <PresenceStack desk={desk} />
        <Share desk={desk} />
        <Account desk={desk} />
        <Appearance desk={desk} />
      </div>
    </header>
  );
}
