/** The paper: one line of notice if there is something to decide, and the text. */
import { EditorView } from "@codemirror/view";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { Desk } from "../desk";
import { blankState } from "../editor/blank";
import { problem, shown } from "../state";
import { Delayed } from "./delayed";
import { Notice } from "./notice";
import { ArrivalNotice, PresenceNotice } from "./presence-notice";

export function TextColumn({ desk, nonce }: { desk: Desk; nonce: string }) {
  const place = useRef<HTMLDivElement>(null);

  useLayoutEffect(() => {
    if (!place.current) return;
    const view = new EditorView({
      parent: place.current,
      state: blankState(nonce),
      dispatchTransactions: (transactions, editor) => desk.dispatch(transactions, editor),
    });
    desk.attach(view);
    return () => view.destroy();
  }, []);

  return (
    <section class="text" aria-label="Text">
      <Notice desk={desk} />
      <PresenceNotice desk={desk} />
      <div class="paper">
        <div ref={place} class="editor" />
        <ArrivalNotice desk={desk} />
        {problem.value ? (
          <div class="instead" role="alert">
            <p>{problem.value.sentence}</p>
            <Again desk={desk} />
          </div>
        ) : (
          shown.value === null && (
            <Delayed>
              <p class="instead soft">Loading…</p>
            </Delayed>
          )
        )}
      </div>
    </section>
  );
}

function Again({ desk }: { desk: Desk }) {
  const section = problem.value?.section;
  if (!section) return null;
  return (
    <button
      type="button"
      class="button"
      onClick={() => {
        problem.value = null;
        void desk.fetch(section);
      }}
    >
      Try again
    </button>
  );
}
