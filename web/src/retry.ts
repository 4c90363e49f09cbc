/**
 * A page that has nothing to offer yet (every place is taken) says when to ask again, in
 * `<meta name="retry-after">`. A refresh by the browser would do the same, but it also moves the
 * page from under somebody who is just reaching for a link; this waits until their hands rest.
 */
export function retryAsAsked(): void {
  const asked = document.querySelector<HTMLMetaElement>('meta[name="retry-after"]');
  const seconds = Number(asked?.content);
  if (!(seconds > 0)) return;
  for (const kind of ["keydown", "pointerdown", "pointermove"]) {
    addEventListener(kind, () => (touched = Date.now()), { passive: true });
  }
  setTimeout(again, seconds * 1000);
}

/** Hands rest after so many milliseconds without a key or a pointer. */
const REST = 4000;

let touched = -REST;

function again(): void {
  const wait = touched + REST - Date.now();
  if (wait > 0) setTimeout(again, wait);
  else location.reload();
}
