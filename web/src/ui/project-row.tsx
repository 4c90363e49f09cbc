/** One project in the menu: a link to it, and what can be done with it behind a quiet "…". */
import { Ellipsis } from "lucide";
import { useEffect, useRef, useState } from "preact/hooks";
import { pages } from "../api";
import type { Done } from "../asking";
import type { Desk } from "../desk";
import { aside, duplicate, leave, rename, toBin, type Page } from "../projects";
import { panel, session } from "../state";
import type { Project } from "../types";
import { ConfirmLine } from "./confirm-line";
import { goingTo, plain } from "./going-to";
import { Icon } from "./icon";
import { Menu, type MenuItem } from "./menu";
import { ProjectName } from "./project-name";

interface Props {
  desk: Desk;
  page: Page;
  project: Project;
  /** Whether the current one gets the focus when the menu opens. */
  first: boolean;
}

type Doing = "renaming" | "binning" | "leaving" | null;

export function ProjectRow({ desk, page, project, first }: Props) {
  const link = useRef<HTMLAnchorElement>(null);
  const [doing, setDoing] = useState<Doing>(null);
  const [error, setError] = useState<string | null>(null);
  const before = useRef<Doing>(null);
  useEffect(() => {
    if (!doing && before.current) link.current?.focus();
    before.current = doing;
  }, [doing]);

  const { id, name } = project;
  const here = id === page.project;
  const close = () => setDoing(null);
  const run = (work: Done) => void work.then(setError);
  const items = itemsFor(project, {
    rename: () => setDoing("renaming"),
    duplicate: () => run(duplicate(page, project)),
    bin: () => setDoing("binning"),
    leave: () => setDoing("leaving"),
  });

  if (doing === "renaming") {
    return (
      <li>
        <ProjectName
          label={`New name of ${name}`}
          initial={name}
          yes="Rename"
          onDone={(wanted) => rename(page, project, wanted)}
          onClose={close}
        />
      </li>
    );
  }
  return (
    <li class={`project-row ${items.length > 0 ? "with-menu" : ""}`}>
      <a
        ref={link}
        href={pages.project(id)}
        aria-current={here ? "page" : undefined}
        autofocus={first && here}
        onClick={(event) => {
          if (!here) return goingTo(desk)(event);
          if (!plain(event)) return;
          event.preventDefault();
          panel.value = null;
        }}
      >
        <span class="name">{name}</span>
        <span class="aside">{aside(project, session.value?.kind ?? "member")}</span>
      </a>
      {items.length > 0 && (
        <Menu label={`${name}: what to do`} class="button quiet tiny more" items={items}>
          <Icon of={Ellipsis} />
        </Menu>
      )}
      {doing === "binning" && (
        <ConfirmLine
          question={`Move “${name}” to the bin?`}
          advice={binAdvice(project)}
          yes="Move to bin"
          no="Keep it"
          onYes={() => toBin(page, project)}
          onClose={close}
        />
      )}
      {doing === "leaving" && (
        <ConfirmLine
          question={`Leave “${name}”?`}
          advice={`Its text stays with ${project.owner ?? "its owner"}.`}
          yes="Leave"
          no="Stay"
          onYes={() => leave(page, project)}
          onClose={close}
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

function binAdvice({ people }: Project): string {
  const kept = "It is kept in the bin for 30 days.";
  if (people === 1) return kept;
  const others = people === 2 ? "One other person loses" : `${people - 1} other people lose`;
  return `${kept} ${others} access to it.`;
}

type Actions = Record<"rename" | "duplicate" | "bin" | "leave", () => void>;

/** A visitor has one project and no say over its name. */
function itemsFor(project: Project, actions: Actions): MenuItem[] {
  const member = session.value?.kind === "member";
  const copy = { label: "Duplicate", run: actions.duplicate };
  if (project.role !== "owner") {
    const go = { label: "Leave…", danger: true, run: actions.leave };
    return member ? [copy, { ...go, apart: true }] : [go];
  }
  if (!member) return [];
  return [
    { label: "Rename…", run: actions.rename },
    copy,
    { label: "Move to bin…", danger: true, apart: true, run: actions.bin },
  ];
}
