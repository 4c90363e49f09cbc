import assert from "node:assert/strict";
import { test } from "node:test";
import { fits, join, linesOf, separatorOf } from "../src/texts/linebreaks";

const SAMPLES = [
  "",
  "\n",
  "\r\n",
  "\r",
  "no break",
  "lf\nlf\n",
  "lf\nno final",
  "crlf\r\ncrlf\r\n",
  "crlf\r\nno final",
  "mixed\r\nmixed\n",
  "stray\rcr\nlf",
  "stray\r\r\ncrlf\r\n",
  "\n\r\n",
];

for (const text of SAMPLES) {
  test(`${JSON.stringify(text)} comes back byte for byte`, () => {
    const separator = separatorOf(text);
    assert.equal(join(linesOf(text, separator), separator), text);
  });
}

test("only a text whose breaks are all CRLF is a CRLF text", () => {
  assert.equal(separatorOf("a\r\nb\r\n"), "\r\n");
  for (const text of ["", "a", "a\nb", "a\r\nb\n", "a\rb\r\n", "\r\n\n"]) {
    assert.equal(separatorOf(text), "\n", JSON.stringify(text));
  }
});

test("a CRLF text cannot hold a lone LF or CR", () => {
  assert.ok(fits("a\r\nb", "\r\n"));
  assert.ok(fits("a", "\r\n"));
  assert.ok(!fits("a\nb", "\r\n"));
  assert.ok(!fits("a\rb", "\r\n"));
  assert.ok(fits("a\r\nb\rc\n", "\n"));
});
