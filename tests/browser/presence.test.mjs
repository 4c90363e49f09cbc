/** Who is here, in which section, and what is said about it: with sockets, and where they are blocked. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { check, smallTargets } from "./axe.mjs";
import { closeBrowser, person } from "./browser.mjs";
import { eventually, serve } from "./server.mjs";
import { comeIn, complaints, team } from "./team.mjs";

after(closeBrowser);

const ABSTRACT = "manuscript/abstract";
const METHODS = "manuscript/methods";
const RESULTS = "manuscript/results";
/** Milliseconds: sooner than any polling. It takes a fraction of a second, where nothing else runs. */
const SOON = 4000;

const focused = (page) => page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");
const inText = (page) => page.evaluate(() => document.activeElement?.classList.contains("cm-content"));

/** To a section by its name, without a mouse. */
async function goByKeys({ page }, name) {
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Section" }).waitFor();
  await page.keyboard.type(name);
  await page.keyboard.press("Enter");
}

for (const sockets of [true, false]) {
  const how = sockets ? "over the live channel" : "by polling";

  test(`two people see each other, ${how}`, async (t) => {
    const { alice, visitor } = await team(t, ["alice", "visitor"], {
      sockets,
      at: { visitor: METHODS },
    });
    for (const { people } of [alice, visitor]) await people.are(2);
    assert.equal((await alice.people.badge.textContent()).trim(), "📝 2");
    await alice.people.badge.hover();
    await alice.people.surface.getByText("Online (2):", { exact: true }).waitFor();
    await alice.people.say("• visitor-002 (Methods)");
    await visitor.people.say("• alice (Abstract)");
    await visitor.people.say("• visitor-002 (Methods) (you)");
    for (const desk of [alice, visitor]) assert.deepEqual(complaints(desk), []);
  });

  test(`who edits a section is seen to be in it, ${how}`, async (t) => {
    const { alice, bob } = await team(t, ["alice", "bob"], {
      sockets,
      at: { alice: RESULTS, bob: METHODS },
    });
    await bob.people.are(2);
    await alice.open(ABSTRACT);
    await alice.write("\nA new sentence.");
    const typed = Date.now();
    await eventually("alice in the outline", async () =>
      /alice, editing Abstract/.test((await bob.people.inOutline(ABSTRACT)) ?? ""),
    );
    if (sockets) assert.ok(Date.now() - typed < SOON);
    await bob.people.say("• alice (Abstract)");
    await bob.people.stack.and(bob.page.getByRole("button", { name: "alice, editing Abstract" })).click();
    await bob.page.waitForURL(/#manuscript\/abstract$/);
    await bob.page.locator(".cm-line", { hasText: "A new sentence." }).waitFor();
    assert.deepEqual(complaints(bob), []);
  });

  test(`entering an occupied section warns, and leaves the choice, ${how}`, async (t) => {
    const { alice, bob } = await team(t, ["alice", "bob"], { sockets, at: { bob: METHODS } });
    const { people, page } = bob;
    await alice.write("\nMine.");
    await eventually("alice in the outline", async () =>
      /alice, editing/.test((await people.inOutline(ABSTRACT)) ?? ""),
    );

    await bob.open(ABSTRACT);
    await people.warning.waitFor();
    const words = await people.warning.locator("p").textContent();
    assert.equal(words, "⚠️ alice is editing this section");
    await page.locator('[aria-live="polite"]', { hasText: "alice is editing this section." }).waitFor();
    await people.warning.getByRole("button", { name: "Edit anyway" }).click();
    await people.warning.waitFor({ state: "detached" });
    assert.ok(await inText(page));

    await bob.open(METHODS);
    await bob.open(ABSTRACT);
    await people.warning.getByRole("button", { name: "Choose different section" }).click();
    const chooser = page.getByRole("dialog", { name: "Choose a different section" });
    await chooser.getByRole("option", { name: /^Introduction/ }).first().click();
    await page.waitForURL(/#manuscript\/introduction$/);
    await people.warning.waitFor({ state: "detached" });
    assert.deepEqual(complaints(bob), []);
  });

  test(`the same by keyboard alone, ${how}`, async (t) => {
    const { alice, bob } = await team(t, ["alice", "bob"], { sockets, at: { bob: METHODS } });
    const { people, page } = bob;
    await alice.write("\nMine.");
    await eventually("alice in the outline", async () =>
      /alice, editing/.test((await people.inOutline(ABSTRACT)) ?? ""),
    );

    await goByKeys(bob, "abstract");
    await people.warning.waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Shift+Tab");
    assert.equal(await focused(page), "Edit anyway");
    await page.keyboard.press("Enter");
    await people.warning.waitFor({ state: "detached" });
    assert.ok(await inText(page));

    await goByKeys(bob, "methods");
    await goByKeys(bob, "abstract");
    await people.warning.waitFor();
    await page.keyboard.press("Escape");
    await page.keyboard.press("Shift+Tab");
    assert.equal(await focused(page), "Choose different section");
    await page.keyboard.press("Enter");
    await page.getByRole("dialog", { name: "Choose a different section" }).waitFor();
    const groups = page.locator("#chooser-list [role=group]");
    const last = groups.last();
    assert.equal(await last.locator(".group-label").textContent(), "Somebody is in these");
    assert.deepEqual(await last.locator(".name").allTextContents(), ["Abstract"]);
    assert.match(await last.locator("[role=option]").textContent(), /alice \(editing\)/);
    await page.keyboard.press("Enter");
    await page.waitForURL(/#manuscript\/introduction$/);

    // The badge and its list.
    await people.badge.focus();
    await people.surface.waitFor();
    await page.keyboard.press("Enter");
    await eventually("the first line", async () => (await focused(page)).startsWith("• alice (Abstract)"));
    await page.keyboard.press("ArrowDown");
    assert.match(await focused(page), /^• bob \(Introduction\) \(you\)/);
    await page.keyboard.press("Escape");
    await people.surface.waitFor({ state: "detached" });
    assert.equal(await page.evaluate(() => document.activeElement?.id), "presence-badge");
    await page.keyboard.press("Enter");
    await eventually("the first line", async () => (await focused(page)).startsWith("• alice"));
    await page.keyboard.press("Enter");
    await page.waitForURL(/#manuscript\/abstract$/);
    assert.deepEqual(complaints(bob), []);
  });

  test(`when somebody goes, the badge follows, ${how}`, async (t) => {
    const { server, alice, bob, visitor } = await team(t, ["alice", "bob", "visitor"], { sockets });
    await alice.people.are(3);
    await visitor.page.close();
    if (!sockets) {
      // Whoever polls is there for two minutes after their last word.
      await server.later(121);
      await alice.open(RESULTS);
      await bob.open(METHODS);
    }
    await bob.people.are(2);
    await alice.people.are(2);
    await bob.page.close();
    if (!sockets) await server.later(2 * 121);
    await alice.people.badge.waitFor({ state: "hidden" });
    assert.equal(await alice.people.stack.count(), 0);
    assert.deepEqual(complaints(alice), []);
  });

  test(`all occupied sections are in the list, ${how}`, async (t) => {
    const { alice, bob, carol, visitor } = await team(t, ["alice", "bob", "carol", "visitor"], {
      sockets,
      at: { bob: METHODS, carol: "supplementary/methods", visitor: "shared/title" },
    });
    await alice.people.are(4);
    await alice.people.say("• visitor-004 (Title)");
    assert.deepEqual(await alice.people.lines(), [
      "• alice (Abstract) (you)",
      "• bob (Methods)",
      "• carol (Methods, Supplementary)",
      "• visitor-004 (Title)",
    ]);
    await visitor.people.are(4);
    await bob.people.are(4);
    assert.equal(await bob.people.inOutline("shared/title"), "visitor-004, viewing in Title");
    for (const desk of [alice, bob, carol, visitor]) assert.deepEqual(complaints(desk), []);
  });
}

test("typing on is the same as Edit anyway, and the text does not move under the hands", async (t) => {
  const { bob } = await team(t, ["alice", "bob"]);
  await bob.people.warning.waitFor();
  await bob.page.locator(".cm-line").first().click();
  const top = () => bob.page.locator(".cm-line").first().evaluate((line) => line.getBoundingClientRect().top);
  const before = await top();
  await bob.page.keyboard.type("x");
  await bob.people.warning.waitFor({ state: "detached" });
  assert.equal(await top(), before);
  await bob.page.keyboard.type("yz");
  assert.equal(await top(), before);
  await bob.open(METHODS);
  await bob.open(ABSTRACT);
  await bob.people.warning.waitFor();
  assert.equal(await top(), before, "a new visit, asked anew, begins where the first one did");
});

test("whoever only looks on is named without a warning sign", async (t) => {
  const { bob } = await team(t, ["alice", "bob"]);
  await bob.people.warning.waitFor();
  assert.equal(await bob.people.warning.locator("p").textContent(), "alice is in this section");
});

test("somebody's coming is said in a quiet line that moves nothing and goes by itself", async (t) => {
  const { alice, bob } = await team(t, ["alice", "bob"], { at: { bob: METHODS } });
  await alice.people.are(2);
  const { page, people } = alice;
  await alice.write("\nTyping");
  const line = page.locator(".cm-line", { hasText: "Typing" });
  const top = () => line.evaluate((element) => element.getBoundingClientRect().top);
  const before = await top();
  await bob.open(ABSTRACT);
  await people.arrival.getByText("bob has come to this section").waitFor();
  await page.keyboard.type(" on");
  assert.equal(await top(), before);
  assert.equal(await people.warning.count(), 0);
  await page.locator('[aria-live="polite"]', { hasText: "bob has come to this section." }).waitFor();
  const arrival = await people.arrival.boundingBox();
  const cursor = await page.locator(".cm-cursor").first().boundingBox();
  assert.ok(cursor.y + cursor.height < arrival.y || cursor.y > arrival.y + arrival.height);
  await people.arrival.waitFor({ state: "detached", timeout: 11_000 });
  // Back within a minute is no news; dismissing is for those who do not want to wait.
  await bob.open(METHODS);
  await bob.open(ABSTRACT);
  await eventually("bob is back", async () => /bob/.test((await people.inOutline(ABSTRACT)) ?? ""));
  assert.equal(await people.arrival.count(), 0);
});

test("the quiet line can be sent away, and goes when they go", async (t) => {
  const { alice, bob, carol } = await team(t, ["alice", "bob", "carol"], {
    at: { bob: METHODS, carol: METHODS },
  });
  await alice.people.are(3);
  await bob.open(ABSTRACT);
  await alice.people.arrival.getByText("bob has come to this section").waitFor();
  await alice.people.arrival.getByRole("button", { name: "Dismiss" }).click();
  await alice.people.arrival.waitFor({ state: "detached" });
  await carol.open(ABSTRACT);
  await alice.people.arrival.getByText("carol has come to this section").waitFor();
  await carol.open(METHODS);
  await alice.people.arrival.waitFor({ state: "detached", timeout: 2 * SOON });
});

test("what pointing at the badge has opened is in nobody's way", async (t) => {
  const { alice } = await team(t, ["alice", "bob"], { at: { bob: METHODS } });
  const { page, people } = alice;
  await people.are(2);
  await alice.editor.focus();
  await people.badge.hover();
  await people.surface.waitFor();
  await page.keyboard.press("Escape");
  await people.surface.waitFor({ state: "detached" });
  assert.ok(await inText(page), "the focus was not moved");
  await page.mouse.move(700, 600);
  await people.badge.hover();
  await people.surface.waitFor();
  // Over the gap to the list, to read it with the pointer on it.
  const box = await people.surface.boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height - 10, { steps: 8 });
  await page.waitForTimeout(400);
  assert.ok(await people.surface.isVisible());
  await page.mouse.move(700, 600);
  await people.surface.waitFor({ state: "detached" });
  // Opened on purpose, it stays until it is closed on purpose.
  await people.badge.click();
  await page.mouse.move(700, 600);
  await page.waitForTimeout(400);
  assert.ok(await people.surface.isVisible());
  await people.badge.click();
  await people.surface.waitFor({ state: "detached" });
});

test("what is said aloud is said once, however often it is heard of", async (t) => {
  const { alice, bob } = await team(t, ["alice", "bob"], { at: { bob: METHODS } });
  await alice.people.are(2);
  await bob.people.are(2);
  const listen = () => {
    window.said = [];
    const place = document.querySelector('.said[aria-live="polite"]');
    new MutationObserver(() => window.said.push(place.textContent)).observe(place, {
      childList: true,
      subtree: true,
      characterData: true,
    });
  };
  for (const { page } of [alice, bob]) await page.evaluate(listen);
  await alice.write("x");
  await eventually("alice editing", async () => /editing/.test((await bob.people.inOutline(ABSTRACT)) ?? ""));
  await bob.open(ABSTRACT);
  await bob.people.warning.waitFor();
  await alice.people.arrival.waitFor();
  for (let word = 0; word < 3; word++) {
    await bob.page.mouse.move(600 + word, 500);
    await alice.write(" y");
    await alice.saved();
  }
  await bob.page.locator(".cm-line", { hasText: "x y y y" }).waitFor();
  assert.deepEqual(await bob.page.evaluate(() => window.said), ["alice is editing this section."]);
  assert.deepEqual(await alice.page.evaluate(() => window.said), ["bob has come to this section."]);
});

test("a click on a person's line goes where they are", async (t) => {
  const { alice, bob } = await team(t, ["alice", "bob"], { at: { bob: RESULTS } });
  await alice.people.are(2);
  await alice.people.badge.hover();
  await alice.people.surface.getByRole("button", { name: /bob \(Results\)/ }).click();
  await alice.page.waitForURL(/#manuscript\/results$/);
  await alice.people.surface.waitFor({ state: "detached" });
  await alice.ready();
  assert.ok(await inText(alice.page));
  assert.deepEqual(complaints(bob), []);
});

test("what others save is on every screen within a second, and nobody's words are lost", async (t) => {
  const { alice, bob } = await team(t, ["alice", "bob"]);
  await alice.people.are(2);
  await alice.write("\nWritten by alice.");
  await alice.saved();
  await bob.page.locator(".cm-line", { hasText: "Written by alice." }).waitFor({ timeout: SOON });

  // Both at once, each unsaved when the other's save is announced.
  await bob.page.locator(".cm-line").first().click();
  await bob.page.keyboard.press("Home");
  for (let word = 0; word < 8; word++) {
    await bob.page.keyboard.type(`b${word} `);
    await alice.page.keyboard.type(` a${word}`);
    await alice.page.keyboard.press("Control+s");
  }
  for (const desk of [alice, bob]) await desk.saved();
  const whole = /^b0 b1 b2 b3 b4 b5 b6 b7 [^]*Written by alice\. a0 a1 a2 a3 a4 a5 a6 a7$/;
  for (const desk of [alice, bob]) {
    await eventually("both texts", async () => whole.test(await desk.text()));
  }
  const path = `/writer/api/project/${alice.project}/section/${ABSTRACT}/`;
  assert.match((await alice.api("GET", path)).content, whole);
});

test("the outline's numbers follow what others write in sections one has not open", async (t) => {
  const { alice, bob } = await team(t, ["alice", "bob"], { at: { bob: METHODS } });
  const count = () => alice.page.locator(`.outline a[href="#${METHODS}"] .count`).textContent();
  const before = parseInt(await count(), 10);
  await bob.write("\nthree more words");
  await bob.saved();
  await eventually("the number", async () => parseInt(await count(), 10) === before + 3);
});

test("a section that somebody renames is followed, with what is being typed in it", async (t) => {
  const { alice, bob } = await team(t, ["alice", "bob"], { at: { bob: METHODS } });
  await alice.people.are(2);
  await bob.write("\nBefore");
  const path = `/writer/api/project/${alice.project}/section/${METHODS}/`;
  assert.equal((await alice.api("PATCH", path, { name: "approach" })).status, 200);
  await bob.page.waitForURL(/#manuscript\/approach$/);
  await bob.page.keyboard.type(" and after.");
  await bob.saved();
  const stored = await alice.api("GET", path.replace("methods", "approach"));
  assert.match(stored.content, /Before and after\.$/);
  await alice.people.say("• bob (Approach)");
  assert.equal(await bob.page.locator(".notice").count(), 0);
});

test("a section that somebody deletes is known to be gone before one types in it", async (t) => {
  const { alice, bob } = await team(t, ["alice", "bob"], { at: { bob: METHODS } });
  await bob.ready();
  const path = `/writer/api/project/${alice.project}/section/${METHODS}/`;
  assert.equal((await alice.api("DELETE", path)).status, 200);
  const notice = bob.page.getByRole("region", { name: "A section that is gone" });
  await notice.getByText("“methods” was deleted or renamed elsewhere.").waitFor();
  await notice.getByRole("button", { name: "Discard" }).click();
  await notice.waitFor({ state: "detached" });
  await bob.ready();
  assert.doesNotMatch(bob.page.url(), /methods/);
});

test("whoever may only read is never said to edit, and is not asked to keep away", async (t) => {
  const { alice, bob } = await team(t, ["alice", "bob"], { at: { bob: METHODS } });
  await alice.people.are(2);
  const { user_id: user } = await bob.session();
  const path = `/writer/api/project/${alice.project}/members/${user}/`;
  assert.equal((await alice.api("PATCH", path, { role: "viewer" })).status, 200);
  await bob.says("View only");
  await bob.open(ABSTRACT);
  await bob.ready();
  await bob.page.keyboard.type("nothing");
  await alice.people.say("• bob (Abstract)");
  assert.equal(await alice.people.inOutline(ABSTRACT), "bob, viewing in Abstract");
  assert.equal(await bob.people.warning.count(), 0);
});

test("when somebody comes and goes, nothing on the page moves", async (t) => {
  for (const size of ["desk", "phone"]) {
    const { server, path, alice } = await team(t, ["alice"], { look: { alice: { size } } });
    await alice.page.locator("#word-count").waitFor();
    await alice.page.evaluate(async () => {
      for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
      window.shifts = [];
      new PerformanceObserver((list) => {
        for (const { sources } of list.getEntries()) {
          window.shifts.push(...sources.map(({ node }) => node?.outerHTML?.slice(0, 80)));
        }
      }).observe({ type: "layout-shift" });
    });
    const visitor = await comeIn(await person(t), server, "visitor", path);
    await alice.people.are(2);
    await alice.people.arrival.waitFor();
    await visitor.page.close();
    await alice.people.badge.waitFor({ state: "hidden" });
    assert.deepEqual(await alice.page.evaluate(() => window.shifts), [], size);
  }
});

test("whoever is in another tab is idle: dimmed, and in nobody's way", async (t) => {
  const { alice, bob } = await team(t, ["alice", "bob"], { at: { bob: METHODS } });
  await alice.people.are(2);
  await bob.page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await alice.page.getByRole("button", { name: "bob, idle in Methods" }).waitFor();
  await alice.open(METHODS);
  await alice.ready();
  assert.equal(await alice.people.warning.count(), 0);
  await bob.page.evaluate(() => {
    delete document.visibilityState;
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await alice.people.arrival.getByText("bob has come to this section").waitFor();
});

/** So many others, told to one page only: what is looked at is how it shows them. */
async function crowd(context, names) {
  const colours = ["#ef4444", "#f59e0b", "#10b981", "#3b82f6", "#6366f1", "#8b5cf6", "#ec4899", "#14b8a6"];
  const users = names.map((username, at) => ({
    user_id: 1000 + at,
    username,
    section: ABSTRACT,
    last_seen: "2026-11-21T10:00:00Z",
    avatar_color: colours[at % 8],
    state: at % 2 ? "viewing" : "idle",
  }));
  await context.routeWebSocket(/live/, (socket) => {
    socket.send(JSON.stringify({ type: "welcome", you: 1, role: "owner", users }));
  });
}

test("many people are a few faces and a number", async (t) => {
  const server = await serve(t);
  const context = await person(t);
  await crowd(context, ["bob", "carol", "dave", "erin", "frank", "grace", "heidi"]);
  const { page, people } = await comeIn(context, server, "visitor", "/writer/");
  await people.are(8);
  assert.equal(await people.stack.count(), 6, "five faces and a number");
  assert.equal(await people.stack.last().textContent(), "+2");
  await people.stack.last().click();
  assert.equal(await people.surface.getByRole("listitem").count(), 8);
  await page.keyboard.press("Escape");
  await people.surface.waitFor({ state: "detached" });
  const here = page.locator(`.outline a[href="#${ABSTRACT}"] .here`);
  assert.equal(await here.locator(".person-dot").count(), 3);
  assert.equal(await here.locator(".more-people").textContent(), "+4");
  const words = await people.warning.locator("p").textContent();
  assert.equal(words, "carol and 2 others are in this section");
});

test("nothing in the bar lies over anything else, on any screen", async (t) => {
  const server = await serve(t);
  for (const name of ["visitor", "alice", "somebody-with-a-rather-long-name"]) {
    const context = await person(t);
    await crowd(context, ["bob", "carol", "dave", "erin", "frank", "grace", "heidi"]);
    const { page, people } = await comeIn(context, server, name, "/writer/");
    await people.are(8);
    for (const width of [1440, 1240, 1239, 1100, 900, 899, 700, 699, 480, 390, 360]) {
      await page.setViewportSize({ width, height: 600 });
      const overlaps = await page.evaluate(() => {
        const parts = ".bar .brand, .bar > div > button, .bar > div > a, .bar .stack";
        const boxes = [...document.querySelectorAll(parts)]
          .filter((element) => element.checkVisibility())
          .map((element) => [element, element.getBoundingClientRect()]);
        return boxes.flatMap(([one, a], at) =>
          boxes
            .slice(at + 1)
            .filter(([, b]) => a.right > b.left + 0.5 && b.right > a.left + 0.5)
            .map(([other]) => `${one.className} / ${other.className}`),
        );
      });
      assert.deepEqual(overlaps, [], `${name} at ${width}`);
      assert.ok(await people.badge.isVisible());
    }
  }
});

for (const dark of [false, true]) {
  for (const size of ["desk", "phone"]) {
    const name = `${size}-${dark ? "dark" : "light"}`;
    test(`with people in it, ${name}`, async (t) => {
      const { alice, visitor: me } = await team(t, ["alice", "anna-berg", "visitor"], {
        at: { "anna-berg": METHODS },
        look: { visitor: { size, dark } },
      });
      const { page, people } = me;
      await alice.write("\nx");
      await page.locator(".occupied", { hasText: "⚠️" }).waitFor();
      await check(page, `occupied-${name}`);
      if (size === "phone") assert.deepEqual(await smallTargets(page), []);
      await people.badge.click();
      await people.surface.waitFor();
      await check(page, `people-${name}`);
      if (size === "phone") assert.deepEqual(await smallTargets(page), []);
      await page.keyboard.press("Escape");
      await people.warning.getByRole("button", { name: "Choose different section" }).click();
      await page.getByRole("dialog", { name: "Choose a different section" }).waitFor();
      await check(page, `free-first-${name}`);
      await page.keyboard.press("Escape");
      await me.open("manuscript/results").catch(() => {});
      if (size === "phone") {
        await page.getByRole("button", { name: "Outline", exact: true }).click();
        await check(page, `outline-people-${name}`);
        await me.open("manuscript/results");
      }
      await alice.open("manuscript/results");
      await people.arrival.waitFor();
      await check(page, `arrival-${name}`);
      if (size === "phone") assert.deepEqual(await smallTargets(page), []);
    });
  }
}
