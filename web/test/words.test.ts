import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { countWords } from "../src/words";

interface Sample {
  text: string;
  words: number;
}

// The runner's working directory is `web/test`.
const golden = JSON.parse(readFileSync("../../tests/golden/words.json", "utf8")) as Sample[];

for (const { text, words } of golden) {
  test(`${words} in ${JSON.stringify(text)}`, () => assert.equal(countWords(text), words));
}

test("two megabytes are counted in no time worth noticing", () => {
  const text = "Words and \\emph{more words}, \\cite{a}. ".repeat(55_000);
  const started = performance.now();
  countWords(text);
  assert.ok(performance.now() - started < 1_000);
});
