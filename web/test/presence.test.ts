/** People: who is where, what is said about it, and what the others are told of oneself. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { matching } from "../src/filter";
import type { Whereabouts } from "../src/live/messages";
import { renamed } from "../src/live/renamed";
import { arrivalWords, warningOf } from "../src/presence";
import { byDocument, freeFirst } from "../src/presence/free-first";
import { Pace } from "../src/presence/pace";
import {
  bySection,
  describe,
  initials,
  placeName,
  withoutPerson,
  withPerson,
} from "../src/presence/people";
import { active, enter, forget, rename, see, typeOn } from "../src/presence/visit";
import { OwnPlace } from "../src/presence/whereabouts";
import type { Document, Person, PresenceState } from "../src/types";

const person = (
  user_id: number,
  username: string,
  section: string | null = "m/a",
  state: PresenceState = "viewing",
): Person => ({ user_id, username, section, state, last_seen: "", avatar_color: "#ef4444" });

const section = (id: string, label: string) => ({ id, label, path: "", included: true, words: 0 });

const documents: Document[] = [
  { id: "m", label: "Manuscript", sections: [section("m/a", "Abstract"), section("m/m", "Methods")] },
  { id: "s", label: "Supplementary", sections: [section("s/m", "Methods")] },
];

test("people come, move and go, and stand by name", () => {
  const [anna, bob] = [person(7, "anna"), person(3, "bob")];
  const both = withPerson(withPerson([], bob), anna);
  assert.deepEqual(both.map(({ username }) => username), ["anna", "bob"]);
  const moved = withPerson(both, { ...anna, section: "m/m" });
  assert.deepEqual(moved.map((one) => one.section), ["m/m", "m/a"]);
  assert.deepEqual(withoutPerson(moved, 7), [bob]);
  assert.equal(withoutPerson(both, 99), both);
  const places = bySection([...moved, person(8, "carol", null)]);
  assert.deepEqual([...places.keys()], ["m/m", "m/a"]);
});

test("initials are two letters or the slot's number", () => {
  const known = { alice: "AL", "anna-berg": "AB", x1: "X1", "visitor-015": "15", "visitor-003": "03" };
  for (const [name, letters] of Object.entries(known)) assert.equal(initials(name), letters);
  assert.equal(initials("visitor-1024"), "24");
});

test("a section is called by its label, and with its document where that would be another's", () => {
  const names = ["m/a", "m/m", "s/m", "m/unheard_of"].map((id) => placeName(documents, id));
  assert.deepEqual(names, ["Abstract", "Methods", "Methods, Supplementary", "unheard_of"]);
  assert.equal(describe(person(1, "alice", "m/a", "editing"), documents), "alice, editing Abstract");
  assert.equal(describe(person(1, "alice", "s/m"), documents), "alice, viewing in Methods, Supplementary");
  assert.equal(describe(person(1, "alice", null, "idle"), documents), "alice, idle");
});

test("the warning names who types, up to two; otherwise who looks on", () => {
  const [alice, bob, carol] = [
    person(1, "alice", "m/a", "editing"),
    person(2, "bob", "m/a", "editing"),
    person(3, "carol"),
  ];
  assert.equal(warningOf([alice, carol]).words, "alice is editing this section");
  assert.equal(warningOf([alice, bob]).words, "alice and bob are editing this section");
  const third = { ...carol, state: "editing" as const };
  assert.equal(warningOf([alice, bob, third]).words, "alice and 2 others are editing this section");
  assert.deepEqual(warningOf([carol]), { editing: false, words: "carol is in this section" });
  assert.equal(arrivalWords([bob]), "bob has come to this section");
  assert.equal(arrivalWords([bob, carol]), "bob and carol have come to this section");
});

test("idle people are in nobody's way", () => {
  const people = [person(1, "a"), person(2, "b", "m/a", "idle"), person(3, "c", "m/m")];
  assert.deepEqual(active(people, "m/a").map(({ user_id }) => user_id), [1]);
});

test("an occupied section is a question until it is answered, typed over, or empty", () => {
  const entered = see(enter("m/a"), [1], 0);
  assert.equal(entered.occupied, true);
  assert.deepEqual(entered.came, []);
  assert.equal(typeOn(entered).occupied, false);
  assert.equal(see(typeOn(entered), [1], 10).occupied, false, "not asked again by a heartbeat");
  const left = see(entered, [], 10);
  assert.equal(left.occupied, false);
  assert.equal(see(left, [1], 20).occupied, false, "back within the minute: no news");
  assert.deepEqual(see(left, [1], 20).came, []);
  assert.deepEqual(see(left, [1], 61_000).came, [1]);
});

test("nothing is asked before it is known who is there, nor once one has typed", () => {
  const waiting = enter("m/a");
  assert.equal(waiting.occupied, false);
  const late = see(typeOn(waiting), [1], 0);
  assert.equal(late.occupied, false);
  assert.deepEqual(late.came, [1], "but it is said");
});

test("who comes later is told of once, and no longer when they have gone", () => {
  const alone = see(enter("m/a"), [], 0);
  const met = see(alone, [2], 1);
  assert.deepEqual([met.occupied, met.came, met.news], [false, [2], [2]]);
  const beat = see(met, [2], 5_000);
  assert.equal(beat.came, met.came, "the same line, its time runs on");
  assert.deepEqual(beat.news, []);
  assert.deepEqual(see(beat, [2, 3], 6_000).came, [2, 3]);
  assert.deepEqual(see(beat, [], 6_000).came, []);
  const dismissed = see(forget(beat), [2], 7_000);
  assert.deepEqual(dismissed.came, []);
  const both = see(see(enter("m/a"), [1], 0), [1, 2], 1);
  assert.deepEqual([both.occupied, both.came, both.news], [true, [], [2]], "they join the question");
});

test("a section that is renamed is the same stay", () => {
  const stay = typeOn(see(enter("m/a"), [1], 0));
  assert.deepEqual(rename(stay, "m/a", "m/b"), { ...stay, section: "m/b" });
  assert.equal(rename(stay, "m/x", "m/b"), stay);
});

test("the chooser offers free sections first", () => {
  const others = [person(1, "a", "s/m", "editing"), person(2, "b", "m/m", "idle")];
  const lists = freeFirst(matching(documents, ""), others);
  const shown = lists.map(({ label, sections }) => [label, ...sections.map((one) => one.label)]);
  assert.deepEqual(shown, [
    ["Manuscript", "Abstract", "Methods"],
    ["Somebody is in these", "Methods, Supplementary"],
  ]);
  assert.deepEqual(byDocument(matching(documents, "")).map(({ id }) => id), ["m", "s"]);
});

test("a renaming is one gone and one come at the same place, and nothing else is", () => {
  const after = (...ids: string[]) => [
    { ...documents[0]!, sections: ids.map((id) => section(id, id)) },
    documents[1]!,
  ];
  assert.deepEqual([...renamed(documents, after("m/abs", "m/m"))], [["m/a", "m/abs"]]);
  assert.deepEqual([...renamed(documents, after("m/a", "m/m"))], []);
  assert.deepEqual([...renamed(documents, after("m/m", "m/a"))], [], "moved");
  assert.deepEqual([...renamed(documents, after("m/m"))], [], "deleted");
  assert.deepEqual([...renamed(documents, after("m/a", "m/m", "m/new"))], [], "added");
  assert.deepEqual([...renamed(documents, after("m/m", "m/new"))], [], "deleted and added");
  assert.deepEqual([...renamed(documents, after("m/x", "m/y"))], [], "both: which is which?");
});

function own() {
  const said: string[] = [];
  const place = new OwnPlace(({ section, state }: Whereabouts) => said.push(`${section} ${state}`));
  return { place, said };
}

const pass = (seconds: number) => mock.timers.tick(seconds * 1000);

beforeEach(() => mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 }));
afterEach(() => mock.timers.reset());

test("editing is said with the first key, again every 10 s, and ends 30 s after the last", () => {
  const { place, said } = own();
  place.enter("m/a");
  for (let key = 0; key < 21; key++) {
    place.typed();
    pass(1);
  }
  assert.deepEqual(said, ["m/a viewing", "m/a editing", "m/a editing", "m/a editing"]);
  pass(28.9);
  assert.equal(said.length, 4);
  pass(0.2);
  assert.equal(said.at(-1), "m/a viewing");
});

test("another section is not yet edited by going there", () => {
  const { place, said } = own();
  place.enter("m/a");
  place.typed();
  place.enter("m/m");
  place.enter("m/m");
  assert.deepEqual(said, ["m/a viewing", "m/a editing", "m/m viewing"]);
});

test("away is five minutes without a sign, or another tab", () => {
  const { place, said } = own();
  place.enter("m/a");
  pass(299);
  place.acted();
  pass(299);
  assert.deepEqual(said, ["m/a viewing"]);
  pass(2);
  assert.equal(said.at(-1), "m/a idle");
  place.acted();
  assert.equal(said.at(-1), "m/a viewing");
  place.typed();
  place.hide(true);
  assert.equal(said.at(-1), "m/a idle");
  place.hide(false);
  assert.equal(said.at(-1), "m/a editing");
  assert.equal(said.length, 6);
});

test("whoever may only read never edits", () => {
  const { place, said } = own();
  place.enter("m/a");
  place.allow(false);
  place.typed();
  assert.deepEqual(said, ["m/a viewing"]);
});

test("walking through the outline says the first and the last, not every step", () => {
  const passed: number[] = [];
  const pace = new Pace<number>(300, (value) => passed.push(value));
  for (let step = 0; step < 30; step++) {
    pace.push(step);
    mock.timers.tick(30);
  }
  mock.timers.tick(1000);
  assert.ok(passed.length <= 5, passed.join(" "));
  assert.deepEqual([passed[0], passed.at(-1)], [0, 29]);
});
