/** Dates as the page says them: `Sun 22 Nov, 15:04`, in the reader's own time zone. */

const PARTS = new Intl.DateTimeFormat("en-GB", {
  weekday: "short",
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  hourCycle: "h23",
});

const DAY = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short" });

/** Where the hour does not matter: `Sun 22 Nov`. */
export function shortDay(when: Date): string {
  const part = Object.fromEntries(DAY.formatToParts(when).map((p) => [p.type, p.value]));
  return `${part["weekday"]} ${part["day"]} ${part["month"]}`;
}

/**
 * Put together from parts, because browsers disagree about the comma after the weekday and about
 * "Sept".
 */
export function shortDate(when: Date): string {
  const part = Object.fromEntries(PARTS.formatToParts(when).map((p) => [p.type, p.value]));
  return `${part["weekday"]} ${part["day"]} ${part["month"]}, ${part["hour"]}:${part["minute"]}`;
}
