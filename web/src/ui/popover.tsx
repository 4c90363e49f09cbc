/**
 * A small surface over the page, beside the button that opened it. Uses the browser's top layer,
 * so no scrolling column can cut it off; where it goes and when it closes is decided here, because
 * the built-in light dismissal fights with the button's own click. What in it has `autofocus` gets
 * the focus; an effect of the child's own would run before there is anything to see.
 */
import type { ComponentChildren, RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

interface Props {
  anchor: RefObject<HTMLElement | null>;
  onClose(): void;
  children: ComponentChildren;
  class?: string;
  id?: string;
  /** Which edges are in line with the anchor's. */
  align?: "start" | "center" | "end";
  /** Whether a click elsewhere closes it; a form with typed words in it stays. */
  stays?: boolean;
  role?: "dialog" | "group";
  label?: string;
}

/** Pixels between anchor and surface, and between surface and window. */
const GAP = 6;
const EDGE = 8;

export function Popover({ anchor, onClose, align = "start", stays = false, ...rest }: Props) {
  const surface = useRef<HTMLDivElement>(null);

  useLayoutEffect(() => {
    const element = surface.current;
    if (!element) return;
    element.showPopover?.();
    const place = () => position(element, anchor.current, align);
    place();
    const watch = new ResizeObserver(place);
    watch.observe(element);
    addEventListener("resize", place);
    return () => {
      watch.disconnect();
      removeEventListener("resize", place);
    };
  }, []);

  useLayoutEffect(() => {
    const elsewhere = (target: EventTarget | null) =>
      target instanceof Node &&
      !surface.current?.contains(target) &&
      !anchor.current?.contains(target);
    // A surface over this one, and a field that is open in it, close before it does.
    const inner = (target: EventTarget | null) =>
      target instanceof Element &&
      surface.current?.contains(target) &&
      target.closest("[popover], [data-escape]") !== surface.current;
    const onPointer = (event: Event) => {
      if (!stays && elsewhere(event.target)) onClose();
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || elsewhere(event.target) || inner(event.target)) return;
      event.preventDefault();
      event.stopPropagation();
      onClose();
      anchor.current?.focus();
    };
    document.addEventListener("pointerdown", onPointer, true);
    document.addEventListener("focusin", onPointer, true);
    document.addEventListener("keydown", onKey, true);
    return () => {
      document.removeEventListener("pointerdown", onPointer, true);
      document.removeEventListener("focusin", onPointer, true);
      document.removeEventListener("keydown", onKey, true);
    };
  }, [stays, onClose]);

  return (
    <div
      ref={surface}
      id={rest.id}
      class={`popover ${rest.class ?? ""}`}
      popover="manual"
      role={rest.role}
      aria-label={rest.label}
    >
      {rest.children}
    </div>
  );
}

function position(element: HTMLElement, anchor: HTMLElement | null, align: string): void {
  const at = anchor?.getBoundingClientRect();
  if (!at) return;
  const { offsetWidth: width, offsetHeight: height } = element;
  const left = { start: at.left, center: at.left + (at.width - width) / 2, end: at.right - width };
  const wanted = left[align as keyof typeof left];
  const below = at.bottom + GAP;
  const fitsBelow = below + height + EDGE <= innerHeight;
  const top = fitsBelow ? below : Math.max(EDGE, Math.min(at.top - GAP - height, innerHeight));
  element.style.left = `${Math.max(EDGE, Math.min(wanted, innerWidth - width - EDGE))}px`;
  element.style.top = `${top}px`;
}
