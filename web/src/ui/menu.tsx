/** A menu: a button, and a list of things to do, by the keyboard rules people know from desktops. */
import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { Popover } from "./popover";

export interface MenuItem {
  label: string;
  run(): void;
  /** For a choice among several: whether this is the one. */
  checked?: boolean;
  disabled?: boolean;
  danger?: boolean;
  /** A line above it. */
  apart?: boolean;
  /** The menu stays open, to be used again. */
  stays?: boolean;
}

interface Props {
  /** What a screen reader calls the button and the menu. */
  label: string;
  /** What the button shows. */
  children: ComponentChildren;
  items: MenuItem[];
  align?: "start" | "end";
  class?: string;
  title?: string;
}

export function Menu({ label, children, items, align = "end", class: style = "", title }: Props) {
  const [open, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const close = (refocus: boolean) => {
    setOpen(false);
    if (refocus) button.current?.focus();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        class={style}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-label={label}
        title={title}
        onClick={() => setOpen(!open)}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown") return;
          event.preventDefault();
          setOpen(true);
        }}
      >
        {children}
      </button>
      {open && (
        <Popover anchor={button} align={align} class="menu" onClose={() => setOpen(false)}>
          <List label={label} items={items} onDone={close} />
        </Popover>
      )}
    </>
  );
}

interface ListProps {
  label: string;
  items: MenuItem[];
  onDone(refocus: boolean): void;
}

function List({ label, items, onDone }: ListProps) {
  const list = useRef<HTMLDivElement>(null);
  const rows = () => [
    ...(list.current?.querySelectorAll<HTMLButtonElement>("button:not(:disabled)") ?? []),
  ];
  const first = items.find((item) => item.checked) ?? items.find((item) => !item.disabled);

  const onKeyDown = (event: KeyboardEvent) => {
    const all = rows();
    const at = all.indexOf(document.activeElement as HTMLButtonElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (event.key === "Tab") return onDone(true);
    const byLetter = /^\p{L}$/u.test(event.key) && !event.ctrlKey && !event.metaKey;
    if (to === undefined && !byLetter) return;
    event.preventDefault();
    if (to !== undefined) return all.at(to % all.length)?.focus();
    const rest = [...all.slice(at + 1), ...all.slice(0, at + 1)];
    const letter = event.key.toLowerCase();
    rest.find((row) => row.textContent?.toLowerCase().startsWith(letter))?.focus();
  };

  return (
    <div ref={list} role="menu" aria-label={label} onKeyDown={onKeyDown}>
      {items.map((item) => (
        <button
          key={item.label}
          type="button"
          role={item.checked === undefined ? "menuitem" : "menuitemradio"}
          aria-checked={item.checked}
          class={`${item.danger ? "danger" : ""} ${item.apart ? "apart" : ""}`}
          disabled={item.disabled}
          autofocus={item === first}
          tabIndex={-1}
          onClick={() => {
            if (!item.stays) onDone(true);
            item.run();
          }}
        >
          {item.label}
        </button>
      ))}
    </div>
  );
}
