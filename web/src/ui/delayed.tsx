/** Shows its content only if it is still wanted after 300 ms: a flicker is worse than nothing. */
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";

const DELAY = 300;

export function Delayed({ children }: { children: ComponentChildren }) {
  const [due, setDue] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setDue(true), DELAY);
    return () => clearTimeout(timer);
  }, []);
  return due ? <>{children}</> : null;
}
