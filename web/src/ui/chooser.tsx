/** Going to a section by its name: a button, and a list that narrows as one types. */
import { ChevronDown } from "lucide";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Desk } from "../desk";
import { matching } from "../filter";
import { split } from "../names";
import { onMac } from "../platform";
import { others, othersBySection } from "../presence";
import { byDocument, freeFirst } from "../presence/free-first";
import { current, currentSection, documents, liveWords, panel } from "../state";
import type { Section } from "../types";
import { Icon } from "./icon";
import { Popover } from "./popover";
import { PeopleHere } from "./presence-avatar";

const shortcut = onMac ? "⌘K" : "Ctrl K";

export function Chooser({ desk }: { desk: Desk }) {
  const button = useRef<HTMLButtonElement>(null);
  const avoiding = panel.value === "free-chooser";
  const open = panel.value === "chooser" || avoiding;
  const section = currentSection.value;
  const [document, name] = split(current.value ?? "/");
  return (
    <>
      <button
        ref={button}
        id="texfile-selector"
        type="button"
        class="selector"
        aria-haspopup="dialog"
        aria-expanded={open}
        aria-keyshortcuts={onMac ? "Meta+K" : "Control+K"}
        title={`Go to a section (${shortcut})`}
        onClick={() => (panel.value = open ? null : "chooser")}
      >
        <span class="selector-section">{section?.label ?? name}</span>
        <span class="selector-document">{document}</span>
        <Icon of={ChevronDown} size={14} />
        <kbd aria-hidden="true">{shortcut}</kbd>
      </button>
      {open && (
        <Popover
          anchor={button}
          align="center"
          class="chooser"
          role="dialog"
          label={avoiding ? "Choose a different section" : "Go to a section"}
          onClose={() => (panel.value = null)}
        >
          <Finder key={panel.value} desk={desk} avoiding={avoiding} />
        </Popover>
      )}
    </>
  );
}

/** `avoiding`: sections nobody is in come first. */
function Finder({ desk, avoiding }: { desk: Desk; avoiding: boolean }) {
  const list = useRef<HTMLDivElement>(null);
  const [query, setQuery] = useState("");
  const groups = useMemo(() => {
    const found = matching(documents.value, query);
    return avoiding ? freeFirst(found, others.value) : byDocument(found);
  }, [query, documents.value, avoiding && others.value]);
  const all = groups.flatMap((group) => group.sections);
  const [at, setAt] = useState(() =>
    Math.max(0, all.findIndex(({ id, included }) => (avoiding ? included : id === current.value))),
  );
  const active = all[Math.min(at, all.length - 1)];

  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [active]);

  const go = (section: Section) => {
    // The list goes away with the choice: its field must not keep the focus from the text.
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    panel.value = null;
    desk.open(section.id);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const last = all.length - 1;
    const step = { ArrowDown: at >= last ? 0 : at + 1, ArrowUp: at <= 0 ? last : at - 1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setAt(step);
    } else if (event.key === "Enter" && active && !event.isComposing) {
      event.preventDefault();
      go(active);
    }
  };

  return (
    <>
      <input
        autofocus
        type="text"
        role="combobox"
        aria-label="Section"
        aria-expanded="true"
        aria-controls="chooser-list"
        aria-activedescendant={active ? optionId(active) : undefined}
        aria-autocomplete="list"
        autocomplete="off"
        spellcheck={false}
        placeholder="Type to find a section"
        value={query}
        onInput={(event) => {
          setQuery(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div ref={list} id="chooser-list" role="listbox" aria-label="Sections" tabIndex={-1}>
        {groups.map(({ id, label, sections }) => (
          <div role="group" key={id} aria-labelledby={`chooser-${id}`}>
            <div class="group-label" id={`chooser-${id}`} role="presentation">
              {label}
            </div>
            {sections.map((section) => (
              <Option key={section.id} section={section} active={section === active} onPick={go} />
            ))}
          </div>
        ))}
      </div>
      {all.length === 0 && (
        <p class="soft nothing" role="status">
          No section is called that.
        </p>
      )}
    </>
  );
}

const optionId = (section: Section) => `chooser-${section.id.replace("/", "-")}`;

interface OptionProps {
  section: Section;
  active: boolean;
  onPick(section: Section): void;
}

function Option({ section, active, onPick }: OptionProps) {
  const words = liveWords.value.get(section.id) ?? section.words;
  return (
    <div
      id={optionId(section)}
      role="option"
      class={section.included ? "" : "off"}
      aria-selected={active}
      onClick={() => onPick(section)}
    >
      <span class="name">{section.label}</span>
      <PeopleHere people={othersBySection.value.get(section.id) ?? []} as="avatars" />
      <span class="count">{section.included ? words.toLocaleString("en") : "off"}</span>
    </div>
  );
}
