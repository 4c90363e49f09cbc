/** One section in the outline, with what can be done to it behind a quiet "…". */
import { Ellipsis } from "lucide";
import { useRef, useState } from "preact/hooks";
import type { Desk } from "../desk";
import { othersBySection } from "../presence";
import { hashOf } from "../route";
import { current, liveWords, readOnly, said } from "../state";
import { move, remove, rename, switchOn } from "../sections";
import type { Document, Section } from "../types";
import { Confirm } from "./confirm";
import { plain } from "./going-to";
import { Icon } from "./icon";
import { Menu, type MenuItem } from "./menu";
import { NameField } from "./name-field";
import { PeopleHere } from "./presence-avatar";

interface Props {
  desk: Desk;
  document: Document;
  section: Section;
  /** Place in the document, from 0. */
  at: number;
}

export function OutlineRow({ desk, document, section, at }: Props) {
  const [doing, setDoing] = useState<"renaming" | "deleting" | null>(null);
  const [error, setError] = useState<string | null>(null);
  const row = useRef<HTMLLIElement>(null);
  const run = (work: Promise<string | null>, done: string) =>
    void work.then((refused) => {
      setError(refused);
      if (!refused) said.value = done;
    });
  const { label, included } = section;

  const items: MenuItem[] = [
    { label: "Rename…", run: () => setDoing("renaming") },
    {
      label: "Move up",
      disabled: at === 0,
      run: () => run(move(desk, section, at - 1), `${label} moved up`),
    },
    {
      label: "Move down",
      disabled: at === document.sections.length - 1,
      run: () => run(move(desk, section, at + 1), `${label} moved down`),
    },
    {
      label: included ? "Switch off" : "Switch on",
      run: () => run(switchOn(desk, section, !included), `${label} is ${included ? "off" : "on"}`),
    },
    { label: "Delete…", danger: true, apart: true, run: () => setDoing("deleting") },
  ];

  if (doing === "renaming") {
    return (
      <li ref={row}>
        <NameField
          label={`New name of ${label}`}
          initial={label}
          onDone={(name) => rename(desk, section, name)}
          onClose={() => setDoing(null)}
        />
      </li>
    );
  }
  return (
    <li ref={row} class={`row ${included ? "" : "off"}`}>
      <a
        href={hashOf(section.id)}
        aria-current={current.value === section.id ? "true" : undefined}
        onPointerEnter={() => void desk.shelf.load(section.id).catch(() => {})}
        onClick={(event) => {
          if (!plain(event)) return;
          event.preventDefault();
          desk.open(section.id);
        }}
      >
        <span class="name">{label}</span>
        <PeopleHere people={othersBySection.value.get(section.id) ?? []} as="dots" />
        <Count section={section} />
      </a>
      {!readOnly.value && (
        <Menu
          label={`${label}: what to do`}
          title="Rename, move, switch off, delete"
          class="button quiet tiny more"
          items={items}
        >
          <Icon of={Ellipsis} />
        </Menu>
      )}
      {doing === "deleting" && (
        <Confirm
          anchor={row}
          question={`Delete “${label}”?`}
          advice={included ? "Switched off instead, it stays here but out of the document." : ""}
          yes="Delete"
          no="Keep it"
          onYes={() => run(remove(desk, section), `${label} deleted`)}
          onClose={() => setDoing(null)}
        />
      )}
      {error && (
        <p class="field-error" role="alert">
          {error}
        </p>
      )}
    </li>
  );
}

function Count({ section }: { section: Section }) {
  const words = liveWords.value.get(section.id) ?? section.words;
  if (!section.included) return <span class="count">off</span>;
  return (
    <span class="count">
      {words.toLocaleString("en")}
      <span class="said"> words</span>
    </span>
  );
}
