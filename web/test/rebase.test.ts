import assert from "node:assert/strict";
import { test } from "node:test";
import { ChangeSet, Text } from "@codemirror/state";
import { difference, incoming } from "../src/texts/rebase";

const text = (content: string) => Text.of(content.split("\n"));

test("the difference turns one text into the other", () => {
  const pairs = [
    ["", "new"],
    ["old", ""],
    ["one\ntwo\nthree", "one\n2\nthree\nfour"],
    ["emoji 🙂 here", "emoji 🙃 here"],
  ];
  for (const [from, to] of pairs as [string, string][]) {
    assert.equal(difference(text(from), text(to)).apply(text(from)).toString(), to);
  }
});

test("the difference is small, so that cursor and scroll stay", () => {
  const lines = Array.from({ length: 400 }, (_, n) => `line ${n}`);
  const changed = lines.with(10, "line ten").with(390, "line three hundred and ninety");
  const changes = difference(text(lines.join("\n")), text(changed.join("\n")));
  let touched = 0;
  changes.iterChanges((fromA, toA) => (touched += toA - fromA));
  assert.ok(touched < 40, `${touched} characters replaced`);
});

test("what was typed meanwhile survives, in place", () => {
  const base = text("alpha\nbeta\ngamma");
  const since = ChangeSet.of({ from: 5, insert: " typed" }, base.length);
  const mine = since.apply(base);
  const merged = incoming(base, since, text("alpha\nbeta\nGAMMA\nnew")).apply(mine);
  assert.equal(merged.toString(), "alpha typed\nbeta\nGAMMA\nnew");
});

test("typing inside what was replaced elsewhere is kept too", () => {
  const base = text("one two three");
  const since = ChangeSet.of({ from: 6, insert: "XYZ" }, base.length);
  const merged = incoming(base, since, text("one 2 three")).apply(since.apply(base));
  assert.match(merged.toString(), /XYZ/);
});
