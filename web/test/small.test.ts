/** The small pure modules, one test a rule. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { delayAfter } from "../src/backoff";
import { matching } from "../src/filter";
import { savingLines } from "../src/log";
import { fileName, split } from "../src/names";
import { hashOf, sectionOfHash } from "../src/route";
import { shortDate, shortDay } from "../src/time";
import type { Document } from "../src/types";

test("waits 1, 2, 4, 8, 15, 15 … seconds, give or take a fifth", () => {
  const waits = [1, 2, 3, 4, 5, 6, 60].map((failures) => delayAfter(failures, 0.5));
  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 15000, 15000, 15000]);
  assert.equal(delayAfter(1, 0), 800);
  assert.ok(delayAfter(1, 0.999) <= 1200);
});

test("a section's name becomes a file name", () => {
  assert.equal(fileName("Data availability"), "data_availability");
  assert.equal(fileName("  Résumé: Teil 2! "), "resume_teil_2");
  assert.equal(fileName("2nd try"), "nd_try");
  assert.equal(fileName("方法"), "");
  assert.equal(fileName("a".repeat(80)).length, 64);
});

test("an id is split at its slash", () => {
  assert.deepEqual(split("manuscript/abstract"), ["manuscript", "abstract"]);
});

test("addresses name sections, and nothing else", () => {
  assert.equal(sectionOfHash(hashOf("manuscript/abstract")), "manuscript/abstract");
  for (const hash of ["", "#", "#abstract", "#a/b/c", "#../etc", "#A/b"]) {
    assert.equal(sectionOfHash(hash), null, hash);
  }
});

test("dates are short and without surprises", () => {
  assert.equal(shortDate(new Date(2026, 10, 22, 15, 4)), "Sun 22 Nov, 15:04");
  assert.equal(shortDay(new Date(2026, 10, 22, 15, 4)), "Sun 22 Nov");
  assert.equal(shortDate(new Date(2026, 8, 1, 0, 0)), "Tue 1 Sept, 00:00".replace("Sept", sept()));
});

/** Unicode's data changed its mind about September in English. */
function sept(): string {
  return new Intl.DateTimeFormat("en-GB", { month: "short" }).format(new Date(2026, 8, 1));
}

test("the console line counts the sections of each document", () => {
  assert.deepEqual(savingLines("visitor-015", ["manuscript/abstract"]), [
    "[visitor-015] [Writer] Saving 1 section for manuscript",
  ]);
  assert.deepEqual(savingLines("alice", ["manuscript/a", "shared/t", "manuscript/b"]), [
    "[alice] [Writer] Saving 2 sections for manuscript",
    "[alice] [Writer] Saving 1 section for shared",
  ]);
});

test("a section is found by words of its label, its file or its document", () => {
  const section = (id: string, label: string) => ({ id, label, path: "", included: true, words: 0 });
  const documents: Document[] = [
    { id: "manuscript", label: "Manuscript", sections: [section("manuscript/methods", "Methods")] },
    { id: "supplementary", label: "Supplementary", sections: [section("supplementary/methods", "Methods")] },
  ];
  const ids = (query: string) => matching(documents, query).flatMap((g) => g.sections.map((s) => s.id));
  assert.equal(ids("").length, 2);
  assert.deepEqual(ids("meth sup"), ["supplementary/methods"]);
  assert.deepEqual(ids("manuscript/m"), ["manuscript/methods"]);
  assert.deepEqual(ids("xyz"), []);
});
