/** The live channel, with a socket and a clock of the test's own. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, mock, test } from "node:test";
import { Live, type Answer, type Socket } from "../src/live";
import { decode, pong, presence, type ClientMessage, type ServerMessage } from "../src/live/messages";
import { blockedDelay, reconnectDelay, shutdownDelay } from "../src/live/patience";

// The runner's working directory is `web/test`.
const golden = JSON.parse(readFileSync("../../tests/golden/live.json", "utf8")) as {
  server: ServerMessage[];
  client: ClientMessage[];
};

test("every golden message of the server is understood, field by field", () => {
  for (const message of golden.server) {
    assert.deepEqual(decode(JSON.stringify(message)), message, message.type);
  }
});

test("the golden file has a message of every type this page knows", () => {
  // The compiler holds these lists to the types.
  const server: Record<ServerMessage["type"], true> = {
    welcome: true,
    users: true,
    presence: true,
    gone: true,
    role: true,
    project: true,
    outline: true,
    text: true,
    ping: true,
    error: true,
    closing: true,
  };
  const client: Record<ClientMessage["type"], true> = { presence: true, pong: true };
  const types = (messages: { type: string }[]) => [...new Set(messages.map(({ type }) => type))].sort();
  assert.deepEqual(types(golden.server), Object.keys(server).sort());
  assert.deepEqual(types(golden.client), Object.keys(client).sort());
});

test("what this page says is what the golden file says", () => {
  const said = golden.client.map((message) => (message.type === "pong" ? pong : presence(message)));
  assert.deepEqual(said, golden.client);
});

test("a message that lacks a field, or has a wrong one, is as good as none", () => {
  for (const message of golden.server) {
    for (const field of Object.keys(message)) {
      const { [field]: _, ...rest } = message as unknown as Record<string, unknown>;
      assert.equal(decode(JSON.stringify(rest)), null, `${message.type} without ${field}`);
    }
  }
  const person = { user_id: 1, username: "a", section: null, last_seen: "", state: "viewing" };
  for (const avatar_color of ["red", "url(//x)", "#12345", 7]) {
    const message = { type: "presence", user: { ...person, avatar_color } };
    assert.equal(decode(JSON.stringify(message)), null, String(avatar_color));
  }
  for (const text of ["", "ping", "[]", "null", '{"type":7}', '{"type":"toString"}', '{"type":"cursor"}']) {
    assert.equal(decode(text), null, text);
  }
});

test("reconnecting waits at random up to a limit that doubles to half a minute", () => {
  assert.deepEqual([0, 0.5, 1].map((random) => reconnectDelay(0, random)), [300, 900, 1500]);
  const limits = [0, 1, 2, 3, 4, 5, 6, 50].map((failures) => reconnectDelay(failures, 1));
  assert.deepEqual(limits, [1500, 3000, 6000, 12000, 24000, 30000, 30000, 30000]);
  for (const failures of [1, 9]) assert.equal(reconnectDelay(failures, 0), 300);
  assert.deepEqual([shutdownDelay(0), shutdownDelay(1)], [0, 3000]);
  assert.deepEqual([0, 1, 2, 3, 4, 9].map((n) => blockedDelay(n, 0.5) / 1000), [60, 120, 240, 480, 900, 900]);
});

class FakeSocket implements Socket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly sent: ClientMessage[] = [];
  closed = false;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as ClientMessage);
  }

  close(): void {
    this.closed = true;
  }

  say(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  welcome(): void {
    this.onopen?.();
    this.say({ type: "welcome", you: 1, role: "owner", users: [] });
  }

  fail(code = 1006): void {
    this.onclose?.({ code });
  }
}

function channel({ forbidden = false } = {}) {
  const sockets: FakeSocket[] = [];
  const heard: string[] = [];
  const events: string[] = [];
  const asked: ((answer: Answer) => Promise<void>)[] = [];
  const live = new Live({
    connect() {
      if (forbidden) throw new Error("not allowed");
      sockets.push(new FakeSocket());
      return sockets.at(-1)!;
    },
    ask: () =>
      new Promise((resolve) =>
        asked.push(async (answer) => {
          resolve(answer);
          for (let turn = 0; turn < 5; turn++) await Promise.resolve();
        }),
      ),
    onOpen: () => live.send(presence({ section: "m/a", state: "viewing" })),
    onMessage: ({ type }) => heard.push(type),
    onLost: () => events.push("lost"),
    onBlocked: (blocked) => events.push(blocked ? "blocked" : "free"),
    onEnded: (code, sentence) => events.push(`ended: ${code}: ${sentence}`),
    random: () => 0.5,
  });
  live.start();
  return { live, sockets, heard, events, asked, last: () => sockets.at(-1)! };
}

const after = (seconds: number) => mock.timers.tick(seconds * 1000);

beforeEach(() => mock.timers.enable({ apis: ["setTimeout", "Date"] }));
afterEach(() => mock.timers.reset());

test("says where one is as soon as the connection stands, and answers each ping at once", () => {
  const { live, last, heard } = channel();
  assert.equal(live.send(pong), false, "nothing to say it over yet");
  last().welcome();
  last().say({ type: "ping" });
  assert.deepEqual(last().sent.map(({ type }) => type), ["presence", "pong"]);
  assert.deepEqual(heard, ["welcome"]);
});

test("a connection that says nothing for 15 s is dead, and another one is made", () => {
  const { sockets, last, events } = channel();
  last().welcome();
  for (let ping = 0; ping < 10; ping++) {
    after(14);
    last().say({ type: "ping" });
  }
  assert.equal(sockets.length, 1);
  after(15.1);
  assert.equal(sockets[0]?.closed, true);
  assert.equal(sockets.length, 2);
  assert.deepEqual(events, ["lost"]);
});

test("after a loss: first a try, then a question before each further one", async () => {
  const { sockets, last, asked } = channel();
  last().welcome();
  last().fail();
  after(0.8);
  assert.equal(sockets.length, 1);
  after(0.2); // 0.9 s
  assert.equal(sockets.length, 2);
  last().fail();
  after(1.7); // 1.65 s
  assert.equal(asked.length, 1);
  assert.equal(sockets.length, 2, "not before it is known that the server is there");
  await asked[0]?.("there");
  assert.equal(sockets.length, 3);
});

test("a server that is down is asked ever more rarely, without a socket, and is no blocked socket", async () => {
  const { sockets, last, asked, events } = channel();
  last().welcome();
  last().fail();
  after(1);
  last().fail();
  for (let question = 0; question < 12; question++) {
    after(31);
    assert.equal(asked.length, question + 1);
    await asked[question]?.("silent");
  }
  assert.equal(sockets.length, 2);
  assert.deepEqual(events, ["lost"]);
  after(31);
  await asked[12]?.("there");
  last().welcome();
  last().fail();
  after(1);
  assert.equal(sockets.length, 4, "and then quickly again");
});

test("sockets that fail three times while the server answers are blocked; then rarely tried", async () => {
  const { sockets, last, asked, events } = channel();
  last().fail();
  for (const wait of [2, 4]) {
    after(wait);
    await asked.at(-1)?.("there");
    last().fail();
  }
  assert.deepEqual(events, ["blocked"]);
  assert.equal(sockets.length, 3);
  after(59);
  assert.equal(asked.length, 2);
  after(2);
  await asked.at(-1)?.("there");
  assert.equal(sockets.length, 4);
  last().fail();
  after(119);
  assert.equal(sockets.length, 4);
  after(2);
  await asked.at(-1)?.("there");
  last().welcome();
  assert.deepEqual(events, ["blocked", "free"]);
});

test("the same where sockets are forbidden outright", async () => {
  const { events, asked } = channel({ forbidden: true });
  for (const wait of [2, 4]) {
    after(wait);
    await asked.at(-1)?.("there");
  }
  assert.deepEqual(events, ["blocked"]);
});

test("a proxy that opens the socket and lets nothing through counts as blocked too", async () => {
  const { events, asked, last } = channel();
  for (let attempt = 0; attempt < 3; attempt++) {
    last().onopen?.();
    after(15.1);
    after(6);
    if (attempt < 2) await asked.at(-1)?.("there");
  }
  assert.deepEqual(events, ["blocked"]);
});

test("being looked at again, or online again, ends the waiting", async () => {
  for (const why of ["visible", "online"] as const) {
    const { live, sockets, last, asked } = channel();
    last().welcome();
    last().fail();
    live.wake(why);
    assert.equal(sockets.length, 2, why);
    last().fail();
    live.wake(why);
    assert.equal(asked.length, 1, why);
    live.wake(why);
    await asked[0]?.("there");
    assert.equal(sockets.length, 2, "an answer to an earlier question");
    await asked[1]?.("there");
    assert.equal(sockets.length, 3, why);
    live.stop();
  }
});

test("a blocked socket is not tried again for being looked at: every try stains the console", async () => {
  const { live, asked, sockets } = channel({ forbidden: true });
  for (const wait of [2, 4]) {
    after(wait);
    await asked.at(-1)?.("there");
  }
  live.wake("visible");
  assert.equal(asked.length, 2);
  live.wake("online");
  assert.equal(asked.length, 3, "another network is another matter");
  assert.equal(sockets.length, 0);
});

test("a connection that slept through its pings is replaced as soon as the tab is looked at", () => {
  const { live, sockets, last } = channel();
  last().welcome();
  live.wake("visible");
  assert.equal(sockets.length, 1);
  mock.timers.setTime(Date.now() + 60_000); // asleep: no timer has run
  live.wake("visible");
  after(0.001);
  assert.equal(sockets.length, 2);
});

test("offline, one missed ping is enough; back online, a connection that was silent is not waited for", () => {
  const { live, sockets, last } = channel();
  last().welcome();
  after(3);
  live.doubt();
  after(6.9);
  assert.equal(sockets.length, 1);
  after(0.2);
  assert.equal(sockets.length, 2);
  last().welcome();
  after(1);
  live.doubt();
  after(1);
  live.wake("online");
  after(0.001);
  assert.equal(sockets.length, 3);
  last().welcome();
  after(1);
  live.doubt(); // the browser is wrong: the server is on this machine
  after(1);
  last().say({ type: "ping" });
  live.wake("online");
  after(0.001);
  assert.equal(sockets.length, 3);
});

test("what is over is over: the lease, or one's part in the project", () => {
  for (const code of ["lease_expired", "project_not_found"]) {
    const { sockets, last, events } = channel();
    last().welcome();
    last().say({ type: "closing", code, error: "It is over." });
    after(120);
    assert.deepEqual(events, ["lost", `ended: ${code}: It is over.`]);
    assert.equal(sockets.length, 1);
  }
});

test("another session: who one is is asked before connecting again", async () => {
  const { sockets, last, asked } = channel();
  last().welcome();
  last().say({ type: "closing", code: "session_expired", error: "You have signed in." });
  after(1);
  assert.equal(sockets.length, 1);
  await asked[0]?.("there");
  assert.equal(sockets.length, 2);
  last().welcome();
  last().fail(4401);
  after(1);
  await asked[1]?.("over");
  after(120);
  assert.equal(sockets.length, 2);
});

test("being told why before being welcomed is no blocked socket", async () => {
  const { last, asked, events } = channel();
  for (let attempt = 0; attempt < 5; attempt++) {
    last().onopen?.();
    last().say({ type: "closing", code: "session_expired", error: "You have signed in." });
    after(31);
    await asked.at(-1)?.("there");
  }
  assert.equal(asked.length, 5);
  assert.deepEqual(events, []);
});

test("a server that shuts down is connected to again within three seconds, not by all at once", () => {
  const { sockets, last } = channel();
  last().welcome();
  last().say({ type: "closing", code: "shutting_down", error: "Back in a moment." });
  after(1.4);
  assert.equal(sockets.length, 1);
  after(0.2); // 1.5 s
  assert.equal(sockets.length, 2);
});

test("stopped, nothing happens any more, and started again it connects", async () => {
  const { live, sockets, last, asked } = channel();
  last().fail();
  after(2);
  live.stop();
  await asked[0]?.("there");
  live.wake("online");
  after(300);
  assert.equal(sockets.length, 1);
  live.start();
  live.start();
  assert.equal(sockets.length, 2);
});
