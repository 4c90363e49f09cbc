/** Who is here, when tabs, browsers, networks and servers come and go. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { after, test } from "node:test";
import { ARGS, closeBrowser, EXECUTABLE, person, sitDown } from "./browser.mjs";
import { chromium } from "playwright-core";
import { eventually, LIMIT } from "./server.mjs";
import { comeIn, complaints, team } from "./team.mjs";

after(closeBrowser);

const ABSTRACT = "manuscript/abstract";
const METHODS = "manuscript/methods";
/** Milliseconds after which somebody who does not answer is gone, and what a busy machine needs. */
const GONE = 15_000 + 5_000;

/** Milliseconds until it is so. */
async function took(work) {
  const started = Date.now();
  await work();
  return Date.now() - started;
}

test("several tabs of one person are one entry, and closing one leaves the other", async (t) => {
  const { server, path, alice, bob } = await team(t, ["alice", "bob"], { at: { bob: METHODS } });
  await alice.people.are(2);
  const second = await sitDown(bob.context, server, `${path}#manuscript/results`);
  await alice.people.say("• bob (Results)");
  await alice.people.are(2);
  // The tab one types in is where one is.
  await bob.page.bringToFront();
  await bob.write("x");
  await alice.people.say("• bob (Methods)");
  await second.page.close();
  const left = alice.people.badge.waitFor({ state: "hidden", timeout: 5000 }).then(
    () => true,
    () => false,
  );
  assert.equal(await left, false, "gone with one of their tabs");
  await alice.people.say("• bob (Methods)");
  await bob.page.close();
  const gone = await took(() => alice.people.badge.waitFor({ state: "hidden" }));
  assert.ok(gone > 2000 && gone < 8000, `gone after ${gone} ms`);
});

test("a reload is not noticed by the others", async (t) => {
  const { alice, bob } = await team(t, ["alice", "bob"], { at: { bob: METHODS } });
  await alice.people.are(2);
  await alice.page.evaluate(() => {
    window.changes = 0;
    const watch = new MutationObserver(() => {
      if (!document.getElementById("presence-badge")) window.changes++;
    });
    watch.observe(document.querySelector(".bar"), { childList: true, subtree: true });
  });
  await bob.reload();
  await bob.people.are(2);
  await alice.people.say("• bob (Methods)");
  assert.equal(await alice.page.evaluate(() => window.changes), 0);
});

test("after a restart of the server everybody's list is right again", async (t) => {
  const people = ["alice", "bob", "carol"];
  const at = { bob: METHODS, carol: "shared/title" };
  const { server, ...desks } = await team(t, people, { at });
  for (const name of people) await desks[name].people.are(3);
  await server.kill();
  await desks.carol.page.close();
  await server.restart();
  // Carol is expected back for a while; then she is gone.
  await server.later(60);
  for (const name of ["alice", "bob"]) {
    await desks[name].people.are(2);
    await desks[name].page.waitForFunction(() => !document.querySelector(".arrival, .occupied"));
  }
  await desks.alice.people.say("• bob (Methods)");
  await desks.bob.people.say("• alice (Abstract)");
  await desks.bob.open(ABSTRACT);
  await desks.alice.people.say("• bob (Abstract)");
});

test("nobody is said to have come who was there before the server went", async (t) => {
  const { server, alice, bob } = await team(t, ["alice", "bob"]);
  await bob.people.warning.getByRole("button", { name: "Edit anyway" }).click();
  await alice.people.are(2);
  await alice.page.evaluate(() => {
    window.said = [];
    new MutationObserver(() => {
      const notice = document.querySelector(".arrival, .occupied");
      if (notice) window.said.push(notice.textContent);
    }).observe(document.querySelector(".text"), { childList: true, subtree: true });
  });
  await alice.people.arrival.waitFor({ state: "detached", timeout: 11_000 });
  const welcomed = alice.page.waitForEvent("websocket").then((socket) =>
    socket.waitForEvent("framereceived", { predicate: ({ payload }) => /welcome/.test(payload) }),
  );
  await alice.page.evaluate(() => (window.said.length = 0));
  await server.kill();
  await server.restart();
  await welcomed;
  await alice.people.say("• bob (Abstract)");
  assert.deepEqual(await alice.page.evaluate(() => window.said), []);
});

test("a browser that is frozen is gone within 15 s, and back when it thaws", async (t) => {
  const { server, path, alice } = await team(t, ["alice"], { at: {} });
  const apart = await chromium.launchServer({ executablePath: EXECUTABLE, args: ARGS });
  const all = () => descendants(apart.process().pid);
  t.after(async () => {
    for (const pid of all()) process.kill(pid, "SIGCONT");
    await apart.kill();
  });
  const browser = await chromium.connect(apart.wsEndpoint());
  const context = await browser.newContext();
  context.setDefaultTimeout(LIMIT);
  const visitor = await comeIn(context, server, "visitor", path, METHODS).catch((problem) => {
    throw new Error(`the second browser: ${problem.message}`);
  });
  await visitor.people.are(2);
  await alice.people.are(2);
  const frozen = all();
  for (const pid of frozen) process.kill(pid, "SIGSTOP");
  const gone = await took(() => alice.people.badge.waitFor({ state: "hidden", timeout: GONE }));
  assert.ok(gone <= GONE, `gone after ${gone} ms`);
  for (const pid of frozen) process.kill(pid, "SIGCONT");
  await alice.people.are(2);
  await visitor.people.are(2);
  assert.deepEqual(complaints(alice), []);
});

test("whoever is cut off is gone within 15 s, and back at once with the network", async (t) => {
  const { server, path, alice } = await team(t, ["alice"], { at: {} });
  const cable = await Cable.to(t, server);
  const context = await person(t);
  const visitor = await comeIn(context, { ...server, url: cable.url }, "visitor", path, METHODS);
  await visitor.people.are(2);
  await alice.people.are(2);
  cable.cut();
  await context.setOffline(true);
  const gone = await took(() => alice.people.badge.waitFor({ state: "hidden", timeout: GONE }));
  assert.ok(gone <= GONE, `gone after ${gone} ms`);
  // Without a connection nobody can know who is here.
  await visitor.people.badge.waitFor({ state: "hidden", timeout: GONE });
  cable.mend();
  await context.setOffline(false);
  const back = await took(() => alice.people.are(2));
  assert.ok(back < 5000, `back after ${back} ms`);
  await visitor.people.are(2);
  await alice.people.say("• visitor-001 (Methods)");
});

test("a network that fails for a moment costs nobody anything", async (t) => {
  const { server, path, alice } = await team(t, ["alice"], { at: {} });
  const cable = await Cable.to(t, server);
  const visitor = await comeIn(await person(t), { ...server, url: cable.url }, "visitor", path, METHODS);
  await alice.people.are(2);
  cable.drop();
  await visitor.open(ABSTRACT);
  await alice.people.say("• visitor-001 (Abstract)");
  await visitor.write("x");
  await visitor.saved();
  await alice.page.locator(".cm-line", { hasText: /^.*x$/ }).waitFor();
});

test("where sockets are blocked by a proxy, the console is not flooded", async (t) => {
  const { server, path, alice } = await team(t, ["alice"], { at: {} });
  const cable = await Cable.to(t, server, { sockets: false });
  const context = await person(t);
  await context.addInitScript(() => (Math.random = () => 0));
  const visitor = await comeIn(context, { ...server, url: cable.url }, "visitor", path, METHODS);
  await visitor.people.say("• alice (Abstract)");
  await alice.people.say("• visitor-001 (Methods)");
  const known = complaints(visitor);
  for (const line of known) assert.match(line, /WebSocket connection to .* failed/);
  assert.ok(known.length <= 3, known.join("\n"));
  await visitor.open(ABSTRACT);
  await alice.people.say("• visitor-001 (Abstract)");
  assert.equal(complaints(visitor).length, known.length, "and not another line while it polls");
});

test("when a visitor's time is over, the page says so by itself", async (t) => {
  const { server, alice, visitor } = await team(t, ["alice", "visitor"], { at: { visitor: METHODS } });
  await alice.people.are(2);
  await server.later(25 * 3600);
  await visitor.page.getByRole("alert").getByRole("button", { name: "Open the writer again" }).waitFor();
  await visitor.people.badge.waitFor({ state: "hidden" });
});

test("whoever is taken out of the project is told so at once, and is gone for the others", async (t) => {
  const { alice, bob } = await team(t, ["alice", "bob"]);
  await alice.people.are(2);
  const { user_id: user } = await bob.session();
  const path = `/writer/api/project/${alice.project}/members/${user}/`;
  await bob.page.waitForLoadState("networkidle"); // what is fetched ahead would be refused
  assert.equal((await alice.api("DELETE", path)).status, 200);
  await bob.page.getByRole("alert").getByText("This project is not open to you any more.").waitFor();
  await alice.people.badge.waitFor({ state: "hidden" });
  await bob.people.badge.waitFor({ state: "hidden" });
  assert.deepEqual(complaints(bob), []);
});

test("signing up in the page, one is seen by the new name a moment later", async (t) => {
  const { alice, visitor } = await team(t, ["alice", "visitor"], { at: { visitor: METHODS } });
  await alice.people.say("• visitor-002 (Methods)");
  await visitor.signUp("vera");
  await alice.people.say("• vera (Methods)");
  await alice.people.are(2);
  await visitor.people.are(2);
  await visitor.people.say("• vera (Methods) (you)");
  assert.equal(await visitor.page.locator(".notice[role=alert]").count(), 0);
});

/** A process and all below it. */
function descendants(root) {
  const parents = new Map();
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      parents.set(Number(pid), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
    } catch {
      // It has just ended.
    }
  }
  const found = [root];
  for (const pid of found) for (const [child, parent] of parents) if (parent === pid) found.push(child);
  return found;
}

/** A network cable between one browser and the server. */
class Cable {
  #pairs = new Set();
  #whole = true;

  /** `sockets: false`: as a proxy that knows nothing of them. */
  static async to(t, server, { sockets = true } = {}) {
    const cable = new Cable();
    const { hostname, port } = new URL(server.url);
    const listener = createServer({ allowHalfOpen: true }, (here) => {
      const there = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
      const pair = [here, there];
      cable.#pairs.add(pair);
      for (const end of pair) end.on("error", () => pair.forEach((one) => one.destroy()));
      here.on("close", () => cable.#pairs.delete(pair));
      here.once("data", (head) => {
        if (!sockets && /^upgrade: websocket/im.test(head.toString("latin1"))) {
          here.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
          there.destroy();
          return;
        }
        there.write(head);
        cable.#join(pair);
      });
    });
    await new Promise((ready) => listener.listen(0, "127.0.0.1", ready));
    cable.url = `http://127.0.0.1:${listener.address().port}`;
    t.after(() => {
      cable.drop();
      listener.close();
    });
    return cable;
  }

  #join([here, there]) {
    if (!this.#whole) return;
    here.pipe(there);
    there.pipe(here);
  }

  /** Nothing comes through any more, and nobody is told. */
  cut() {
    this.#whole = false;
    for (const pair of this.#pairs) {
      for (const end of pair) {
        end.unpipe();
        end.pause();
      }
    }
  }

  mend() {
    this.#whole = true;
    for (const pair of this.#pairs) this.#join(pair);
  }

  /** All connections break, as when an address changes; new ones can be made. */
  drop() {
    for (const pair of this.#pairs) for (const end of pair) end.destroy();
  }
}
