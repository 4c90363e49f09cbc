/** Presence by plain requests, with a clock of the test's own. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Unreachable } from "../src/api";
import { Polling } from "../src/live/polling";
import type { Whereabouts } from "../src/live/messages";

const at = (section: string): Whereabouts => ({ section, state: "viewing" });

function polling() {
  const updates: (string | null)[] = [];
  const world = { lists: 0, told: 0, isHidden: false, isDown: false, failures: 0 };
  const work = async () => {
    if (world.isDown) throw new Unreachable("down");
  };
  const made = new Polling({
    update: async ({ section }) => {
      updates.push(section);
      await work();
    },
    list: async () => {
      world.lists++;
      await work();
      return [];
    },
    isHidden: () => world.isHidden,
    onPeople: () => world.told++,
    onFailure: () => world.failures++,
  });
  return { made, updates, world };
}

async function after(seconds: number): Promise<void> {
  for (let passed = 0; passed < seconds; passed++) {
    mock.timers.tick(1000);
    await settle();
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
}

beforeEach(() => mock.timers.enable({ apis: ["setTimeout", "Date"] }));
afterEach(() => mock.timers.reset());

test("updates every 30 s and lists every 5 s, beginning at once", async () => {
  const { made, updates, world } = polling();
  made.start(at("m/a"));
  await settle();
  assert.deepEqual([updates.length, world.lists], [1, 1]);
  await after(61);
  assert.deepEqual([updates.length, world.lists, world.told], [3, 13, 13]);
});

test("a change is said at once, also one that comes while an update is under way", async () => {
  const { made, updates } = polling();
  made.start(at("m/a"));
  made.say(at("m/b"));
  made.say(at("m/c"));
  await settle();
  assert.deepEqual(updates, ["m/a", "m/c"]);
  await after(10);
  made.say(at("m/d"));
  await settle();
  assert.deepEqual(updates, ["m/a", "m/c", "m/d"]);
  await after(29);
  assert.equal(updates.length, 3);
  await after(1);
  assert.equal(updates.length, 4);
});

test("a tab nobody looks at asks every half minute, and at once when it is looked at", async () => {
  const { made, world } = polling();
  world.isHidden = true;
  made.start(at("m/a"));
  await after(59);
  assert.equal(world.lists, 2);
  world.isHidden = false;
  made.look();
  await settle();
  assert.equal(world.lists, 3);
  await after(5);
  assert.equal(world.lists, 4);
});

test("a server that is down is asked less and less, and as before when it is back", async () => {
  const { made, world } = polling();
  made.start(at("m/a"));
  await settle();
  world.isDown = true;
  await after(120);
  assert.ok(world.lists <= 8, `asked ${world.lists} times in two minutes`);
  assert.ok(world.failures > 0);
  world.isDown = false;
  await after(31);
  const before = world.lists;
  await after(10);
  assert.equal(world.lists, before + 2);
});

test("stopped, it says and asks nothing, and an answer that comes late is not told", async () => {
  const { made, updates, world } = polling();
  made.start(at("m/a"));
  await settle();
  made.look();
  made.stop();
  await settle();
  made.say(at("m/b"));
  made.look();
  await after(100);
  assert.deepEqual([updates.length, world.told], [1, 1]);
});
