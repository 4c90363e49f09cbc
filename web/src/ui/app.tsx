/** The page: a bar, the outline, the text, a status line; on narrow screens one column at a time. */
import type { Desk } from "../desk";
import { pane, said, shown } from "../state";
import { Bar } from "./bar";
import { Outline } from "./outline";
import { StatusLine } from "./status-line";
import { Tabs } from "./tabs";
import { TextColumn } from "./text-column";

export function App({ desk, nonce }: { desk: Desk; nonce: string }) {
  return (
    <div class="desk" data-pane={pane.value} data-section={shown.value}>
      <Bar desk={desk} />
      <main class="columns">
        <Outline desk={desk} />
        <TextColumn desk={desk} nonce={nonce} />
      </main>
      <StatusLine desk={desk} />
      <Tabs desk={desk} />
      <div class="said" role="status" aria-live="polite">
        {said.value}
      </div>
    </div>
  );
}
