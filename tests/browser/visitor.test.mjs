/** A visitor opens the page and writes: what they write is on disk, and stays there. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { closeBrowser, person, sitDown } from "./browser.mjs";
import { serve } from "./server.mjs";

after(closeBrowser);

const ABSTRACT = "manuscript/abstract";

test("what a visitor types is on disk a moment later", async (t) => {
  const server = await serve(t);
  const desk = await sitDown(await person(t), server);
  await desk.write("\nRipples mark moments of replay.");
  await desk.says("Unsaved");
  await desk.saved();
  await server.onDisk("visitor-001", ABSTRACT, "Ripples mark moments of replay.");
  assert.match((await desk.stored(ABSTRACT)).content, /Ripples mark moments of replay\.$/);
});

test("reloading finds the text, and so does a restart after a power cut", async (t) => {
  const server = await serve(t);
  const desk = await sitDown(await person(t), server);
  await desk.write("\nFirst.");
  await desk.saved();
  await desk.reload();
  assert.match(await desk.text(), /First\.$/);
  await desk.write("\nSecond.");
  await desk.saved();
  await server.kill();
  await server.restart();
  await desk.reload();
  assert.match(await desk.text(), /First\.\nSecond\.$/);
});

test("the console says who one is and what is loaded and saved, and nothing else", async (t) => {
  const server = await serve(t);
  const desk = await sitDown(await person(t), server);
  const { project_id: project } = await desk.session();
  await desk.write("x");
  await desk.saved();
  await desk.open("manuscript/methods");
  await desk.ready();
  assert.deepEqual(desk.console, [
    "log: [VisitorPool] ✓ Allocated: visitor-001",
    `log: [VisitorPool] Project ID: ${project}`,
    "log: [VisitorPool] Project: default-project",
    "log: [visitor-001] [Writer] Loading section content: manuscript/abstract",
    "log: [visitor-001] [Writer] Saving 1 section for manuscript",
    "log: [visitor-001] [Writer] Loading section content: manuscript/methods",
  ]);
});

test("the status line says whose slot it is and how long the work is kept", async (t) => {
  const server = await serve(t);
  const desk = await sitDown(await person(t), server);
  const lease = await desk.page.locator("#lease").textContent();
  assert.match(
    lease ?? "",
    /^visitor-001 · kept until (Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d{1,2} \w{3,4}, \d\d:\d\d · Sign up to keep it$/,
  );
});

test("coming back, one is where one left", async (t) => {
  const server = await serve(t);
  const context = await person(t);
  const desk = await sitDown(context, server);
  await desk.open("manuscript/results");
  await desk.write("\nHere I was.");
  await desk.saved();
  await desk.page.close();
  const again = await sitDown(context, server);
  assert.match(again.page.url(), /#manuscript\/results$/);
  assert.match(await again.text(), /Here I was\.$/);
});

test("a full pool says so, offers an account, and lets in when asked again", async (t) => {
  const server = await serve(t, { pool: 1 });
  const first = await sitDown(await person(t), server);
  const page = await (await person(t)).newPage();
  const answer = await page.goto(`${server.url}/writer/`);
  assert.equal(answer?.status(), 503);
  await page.getByRole("heading", { name: "Every place is taken" }).waitFor();
  await first.signUp("alice");
  await page.reload();
  assert.match((await page.locator("#lease").textContent()) ?? "", /^visitor-001/);
});

test("what cannot be sent any more is offered to the next visit from this browser", async (t) => {
  const server = await serve(t);
  const context = await person(t);
  const desk = await sitDown(context, server);
  await server.later(25 * 3600);
  await desk.write("\nToo late.");
  await desk.says("Not saved: kept in this browser");
  await desk.leave();
  await context.clearCookies();
  const again = await sitDown(context, server);
  assert.doesNotMatch(await again.text(), /Too late/);
  const notice = again.page.getByRole("region", { name: "Text from an earlier visit" });
  await notice.getByText("abstract of the manuscript, written as visitor-001").waitFor();
  await notice.getByRole("button", { name: "Insert it here" }).click();
  await notice.waitFor({ state: "detached" });
  await again.saved();
  assert.match((await again.stored(ABSTRACT)).content, /Too late\./);
  await again.reload();
  assert.equal(await notice.count(), 0);
});

test("when the visitor's time is over, the text stays, and comes back with the work", async (t) => {
  const server = await serve(t);
  const context = await person(t);
  const desk = await sitDown(context, server);
  await desk.write("\nIn time.");
  await desk.saved();
  await server.later(25 * 3600);
  await desk.write(" Too late.");
  await desk.says("Not saved: kept in this browser");
  const notice = desk.page.locator(".notice");
  await notice.getByRole("button", { name: "Open the writer again" }).click();
  await desk.page.waitForURL(/\/writer\//);
  await desk.ready();
  await desk.saved();
  assert.match(await desk.text(), /In time\. Too late\.$/);
  assert.match((await desk.stored(ABSTRACT)).content, /In time\. Too late\.$/);
});

test("words left by a closed page whose project is out of reach are offered", async (t) => {
  const server = await serve(t);
  const owner = await sitDown(await person(t), server);
  await owner.signUp("dave");
  const context = await person(t);
  const desk = await sitDown(context, server);
  const visitor = await desk.page.locator("#lease .slot").textContent();
  await server.kill();
  await desk.write("\nNever sent.");
  await desk.says("Offline: kept in this browser");
  await desk.leave();
  await server.restart();
  const page = await context.newPage();
  await page.goto(`${server.url}/auth/login/`);
  await page.getByLabel("Name").fill("dave");
  await page.getByLabel("Password", { exact: true }).fill("long enough");
  await page.getByRole("button", { name: "Log in" }).click();
  const notice = page.getByRole("region", { name: "Text from an earlier visit" });
  const name = visitor?.split(" ")[0];
  await notice.getByText(`abstract of the manuscript, written as ${name}`).waitFor();
  await notice.getByRole("button", { name: "Throw it away" }).click();
  await notice.waitFor({ state: "detached" });
});
