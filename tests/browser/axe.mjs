/**
 * How a page looks: no accessibility findings, no sideways scrolling, and a picture in `out/` for a
 * person to look at.
 */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { repository } from "./server.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

export const OUT = join(repository, "tests/browser/out");
mkdirSync(OUT, { recursive: true });

/** `what` names the picture, and the place if something is found. */
export async function check(page, what) {
  await page.evaluate(`${AXE};0`);
  const found = await page.evaluate(
    (rules) => window.axe.run(document, { runOnly: rules }).then((result) => result.violations),
    RULES,
  );
  const findings = found.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
  assert.deepEqual(findings, [], what);
  const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(sideways <= 0, `${what} scrolls sideways by ${sideways}`);
  await page.screenshot({ path: join(OUT, `${what}.png`) });
}

/** What a thumb cannot hit: smaller than 44 px, the padding of links within a sentence included. */
export function smallTargets(page) {
  return page.evaluate(() =>
    [...document.querySelectorAll("button, a, input, select")]
      .filter((element) => element.checkVisibility({ visibilityProperty: true }))
      .map((element) => [element, element.getBoundingClientRect()])
      .filter(([, box]) => box.width < 44 || box.height < 44)
      .map(([element]) => element.outerHTML.slice(0, 80)),
  );
}
