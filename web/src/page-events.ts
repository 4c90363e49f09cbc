/** What the browser tells the page: keys, addresses, the network, being looked at, being closed. */
import type { Desk } from "./desk";
import { onMac } from "./platform";
import { sectionOfHash } from "./route";
import type { Keeping } from "./saving/keeping";
import * as state from "./state";

export function listenToPage(desk: Desk, keeping: Keeping, refreshSession: () => void): void {
  addEventListener("popstate", () => {
    const id = sectionOfHash(location.hash);
    if (id && state.findSection(state.documents.value, id)) desk.open(id, "stay");
  });

  addEventListener("keydown", (event) => {
    // On a Mac, Ctrl+K belongs to the text ("delete to the end of the line").
    const command = onMac ? event.metaKey : event.ctrlKey;
    if (!command || event.altKey || event.shiftKey) return;
    const key = event.key.toLowerCase();
    if (key === "s") {
      event.preventDefault();
      desk.saving.retry();
      // Said even if nothing had to be sent: the question deserves an answer.
      if (settled()) state.said.value = state.saveLine.value.words;
    } else if (key === "k") {
      event.preventDefault();
      state.panel.value = state.panel.value === "chooser" ? null : "chooser";
    }
  });

  addEventListener("online", () => desk.saving.retry());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") {
      void keeping.flush();
      desk.saving.leave();
    } else {
      if (!state.ended.value) desk.saving.retry();
      refreshSession();
      desk.refresh();
    }
  });
  // Closing a tab that is already hidden fires only this one.
  addEventListener("pagehide", () => {
    void keeping.flush();
    desk.saving.leave();
  });
  addEventListener("beforeunload", (event) => {
    // Only where the page cannot keep its promise by itself.
    if (!state.keeps.value && !settled()) event.preventDefault();
  });
}

/** Nothing waits for the server. */
function settled(): boolean {
  return state.saveLine.value.kind === "saved" || state.saveLine.value.kind === "viewing";
}
