/** The project's name in the bar, and behind it the projects there are. */
import { ChevronDown } from "lucide";
import { useMemo, useRef } from "preact/hooks";
import type { Desk } from "../desk";
import { load, type Page } from "../projects";
import { panel, session } from "../state";
import { Icon } from "./icon";
import { Popover } from "./popover";
import { Projects } from "./project-list";

interface Props {
  desk: Desk;
  /** A narrow screen has no room for it in the bar; there it stands above the outline. */
  place: "bar" | "outline";
}

export function ProjectMenu({ desk, place }: Props) {
  const button = useRef<HTMLButtonElement>(null);
  const page = useMemo(() => pageOf(desk), [desk]);
  const mine = place === "bar" ? "projects" : "projects-outline";
  const open = panel.value === mine;
  const name = session.value?.project ?? "";
  // By the time the button is pressed the list is there.
  const ask = () => void load().catch(() => {});
  return (
    <>
      <button
        ref={button}
        type="button"
        class="button quiet project"
        aria-haspopup="dialog"
        aria-expanded={open}
        aria-label={`Project ${name}`}
        title={name}
        onPointerEnter={ask}
        onFocus={ask}
        onClick={() => (panel.value = open ? null : mine)}
      >
        <span class="project-name">{name}</span>
        <Icon of={ChevronDown} size={14} />
      </button>
      {open && (
        <Popover
          anchor={button}
          class="projects"
          role="dialog"
          label="Projects"
          onClose={() => (panel.value = null)}
        >
          <Projects desk={desk} page={page} />
        </Popover>
      )}
    </>
  );
}

export const pageOf = (desk: Desk): Page => ({
  project: desk.project,
  settle: () => desk.settle(),
  go: (href) => location.assign(href),
});
