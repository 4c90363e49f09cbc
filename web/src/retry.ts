/**
 * A page that has nothing to offer yet (every place is taken) says when to ask again, in
 * `<meta name="retry-after">`. A refresh by the browser would do the same, but it also moves the
 * page from under somebody who is just reaching for a link; this waits for them.
 */
export function retryAsAsked(): void {
  const asked = document.querySelector<HTMLMetaElement>('meta[name="retry-after"]');
  const seconds = Number(asked?.content);
  if (seconds > 0) setTimeout(again, seconds * 1000);
}

function again(): void {
  const busy = document.activeElement !== null && document.activeElement !== document.body;
  if (busy) setTimeout(again, 1000);
  else location.reload();
}
