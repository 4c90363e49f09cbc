/** What is in the project menu: the projects, a new one, the bin. */
import { Plus } from "lucide";
import { useEffect, useRef, useState } from "preact/hooks";
import { pages } from "../api";
import type { Desk } from "../desk";
import { bin, create, grouped, listOf, load, MANY, projectList, type Page } from "../projects";
import { panel, session } from "../state";
import type { Project } from "../types";
import { plain } from "./going-to";
import { Icon } from "./icon";
import { Bin } from "./project-bin";
import { ProjectName } from "./project-name";
import { ProjectRow } from "./project-row";

interface Props {
  desk: Desk;
  page: Page;
}

export function Projects({ desk, page }: Props) {
  const surface = useRef<HTMLDivElement>(null);
  const [query, setQuery] = useState("");
  const [error, setError] = useState<string | null>(null);
  const all = listOf(projectList.value, session.value);
  const many = all.length >= MANY;
  const { own, shared } = grouped(all, many ? query : "");
  const member = session.value?.kind === "member";

  useEffect(() => {
    load().catch((problem: unknown) => setError(problem instanceof Error ? problem.message : ""));
  }, []);

  useEffect(() => {
    // The row that had the focus may be gone.
    if (document.activeElement !== document.body) return;
    const links = ".project-row > [aria-current], .project-row > a";
    surface.current?.querySelector<HTMLElement>(links)?.focus();
  }, [projectList.value, bin.value]);

  const field = () => surface.current?.querySelector<HTMLInputElement>(".project-filter");
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const links = [...(surface.current?.querySelectorAll<HTMLElement>(".project-row > a") ?? [])];
    const at = links.findIndex((link) => link === document.activeElement);
    const filtering = document.activeElement === field();
    const to = stepOf(event.key, at, links.length, filtering);
    if (to !== null) {
      event.preventDefault();
      (to < 0 ? field() : links[to])?.focus();
    } else if (event.key === "Enter" && filtering && !event.isComposing) {
      event.preventDefault();
      links[0]?.click();
    } else if (/^[\p{L}\p{N}]$/u.test(event.key) && !filtering) {
      // What is typed in the list is meant for the field; without one it goes to the next name.
      if (many) return field()?.focus();
      const rest = [...links.slice(at + 1), ...links.slice(0, at + 1)];
      const letter = event.key.toLowerCase();
      rest.find((link) => link.textContent?.toLowerCase().startsWith(letter))?.focus();
    }
  };

  const rows = (projects: readonly Project[]) =>
    projects.map((project) => (
      <ProjectRow key={project.id} desk={desk} page={page} project={project} first={!many} />
    ));

  return (
    <div ref={surface} onKeyDown={onKeyDown}>
      {many && (
        <input
          autofocus
          type="text"
          class="project-filter"
          aria-label="Find a project"
          autocomplete="off"
          spellcheck={false}
          placeholder="Type to find a project"
          value={query}
          onInput={(event) => setQuery(event.currentTarget.value)}
        />
      )}
      <div class="project-scroll">
        {own.length > 0 && (
          <ul aria-label={member ? "Your projects" : "Your workspace"}>{rows(own)}</ul>
        )}
        {shared.length > 0 && (
          <>
            <h2 class="group-label" id="shared-projects">
              Shared with me
            </h2>
            <ul aria-labelledby="shared-projects">{rows(shared)}</ul>
          </>
        )}
        {own.length + shared.length === 0 && (
          <p class="soft nothing" role="status">
            No project is called that.
          </p>
        )}
        {error && (
          <p class="field-error" role="alert">
            {error}
          </p>
        )}
      </div>
      <div class="project-more">
        {member ? (
          <>
            <NewProject page={page} />
            <Bin />
          </>
        ) : (
          <SignUpForMore />
        )}
      </div>
    </div>
  );
}

/** Where a key leads among the links: a place in the list, -1 for the field above it, or nowhere. */
function stepOf(key: string, at: number, count: number, filtering: boolean): number | null {
  if (key === "ArrowDown") return at < 0 ? 0 : Math.min(at + 1, count - 1);
  if (key === "ArrowUp") return at < 0 && !filtering ? count - 1 : Math.max(at - 1, -1);
  if (filtering) return null;
  return { Home: 0, End: count - 1 }[key] ?? null;
}

function NewProject({ page }: { page: Page }) {
  const button = useRef<HTMLButtonElement>(null);
  const [naming, setNaming] = useState(false);
  const closed = useRef(false);
  useEffect(() => {
    if (!naming && closed.current) button.current?.focus();
  }, [naming]);
  if (naming) {
    return (
      <ProjectName
        label="Name of the new project"
        initial=""
        yes="Create"
        onDone={(name) => create(page, name)}
        onClose={() => {
          closed.current = true;
          setNaming(false);
        }}
      />
    );
  }
  return (
    <button ref={button} type="button" class="button quiet line-button" onClick={() => setNaming(true)}>
      <Icon of={Plus} size={14} />
      New project…
    </button>
  );
}

function SignUpForMore() {
  return (
    <a
      class="button quiet line-button"
      href={pages.signUp}
      onClick={(event) => {
        if (!plain(event)) return;
        event.preventDefault();
        panel.value = "sign-up";
      }}
    >
      Sign up to have several projects
    </a>
  );
}
