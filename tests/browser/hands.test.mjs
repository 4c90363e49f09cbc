/** Several hands on one section: merged where possible, a choice where not, both kept always. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { after, test } from "node:test";
import { closeBrowser, person, sitDown } from "./browser.mjs";
import { serve } from "./server.mjs";
import { noSockets } from "./team.mjs";

after(closeBrowser);

const ABSTRACT = "manuscript/abstract";

/**
 * A desk with a known text: three lines. It hears nothing of what others save, as when two save in
 * the same moment.
 */
async function desk(t) {
  const server = await serve(t);
  await writeFile(server.path("visitor-001", ABSTRACT), "one\ntwo\nthree\n");
  const context = await person(t);
  await context.addInitScript(noSockets);
  return { server, context, desk: await sitDown(context, server) };
}

/** Every text the history has, newest first. */
async function history(page) {
  const { project_id: project } = await page.session();
  const path = `/writer/api/project/${project}/history/`;
  const { versions } = await page.api("GET", `${path}?section=${ABSTRACT}`);
  const texts = [];
  for (const { version } of versions) {
    texts.push((await page.api("GET", `${path}${version}/?section=${ABSTRACT}`)).content);
  }
  return texts;
}

test("a stale save is merged; cursor and keystrokes stay", async (t) => {
  const { desk: mine } = await desk(t);
  await mine.elsewhere(ABSTRACT, (text) => text.replace("one", "ONE\nand a half"));
  await mine.write("four");
  await mine.saved();
  assert.equal(await mine.text(), "ONE\nand a half\ntwo\nthree\nfour");
  assert.equal(await mine.position(), "Ln 5, Col 5");
  assert.equal((await mine.stored(ABSTRACT)).content, "ONE\nand a half\ntwo\nthree\nfour");
  await mine.page.keyboard.press("Control+z");
  assert.equal(await mine.text(), "ONE\nand a half\ntwo\nthree\n", "undo takes back one's own words");
});

test("what is typed while the merged answer is on its way survives", async (t) => {
  const { desk: mine } = await desk(t);
  await mine.elsewhere(ABSTRACT, (text) => text.replace("one", "ONE"));
  let release = () => {};
  const held = new Promise((go) => (release = go));
  await mine.page.route("**/section/**", async (route) => {
    if (route.request().method() !== "PUT") return route.continue();
    const response = await route.fetch();
    await held;
    await route.fulfill({ response });
  });
  await mine.write("four");
  await mine.says("Saving");
  await mine.page.keyboard.type(" and five");
  release();
  await mine.saved();
  assert.equal(await mine.text(), "ONE\ntwo\nthree\nfour and five");
  assert.equal((await mine.stored(ABSTRACT)).content, "ONE\ntwo\nthree\nfour and five");
});

test("a change on disk is merged too", async (t) => {
  const { server, desk: mine } = await desk(t);
  await writeFile(server.path("visitor-001", ABSTRACT), "uno\ntwo\nthree\n");
  await mine.write("four");
  await mine.saved();
  assert.equal(await mine.text(), "uno\ntwo\nthree\nfour");
});

test("the same place changed: keeping mine leaves the other in the history", async (t) => {
  const { desk: mine } = await desk(t);
  await mine.elsewhere(ABSTRACT, (text) => text.replace("three", "THEIRS"));
  await mine.page.locator(".cm-line", { hasText: "three" }).click();
  await mine.page.keyboard.press("Home");
  await mine.page.keyboard.press("Shift+End");
  await mine.page.keyboard.type("MINE");
  const notice = mine.page.locator(".notice");
  await notice.getByText("This section was changed elsewhere at the same place.").waitFor();
  await mine.says("Waiting for your choice");
  await mine.page.keyboard.type(", still typing");
  await notice.getByRole("button", { name: "Keep my text" }).click();
  await mine.saved();
  await notice.waitFor({ state: "detached" });
  assert.equal((await mine.stored(ABSTRACT)).content, "one\ntwo\nMINE, still typing\n");
  assert.ok((await history(mine)).includes("one\ntwo\nTHEIRS\n"));
});

test("the same place changed: using the other leaves mine in the history, and can be undone", async (t) => {
  const { desk: mine } = await desk(t);
  await mine.elsewhere(ABSTRACT, (text) => text.replace("three", "THEIRS"));
  await mine.page.locator(".cm-line", { hasText: "three" }).click();
  await mine.page.keyboard.press("Home");
  await mine.page.keyboard.press("Shift+End");
  await mine.page.keyboard.type("MINE");
  const notice = mine.page.locator(".notice");
  await notice.getByRole("button", { name: "Use the other text" }).click();
  await mine.page.locator(".cm-line", { hasText: "THEIRS" }).waitFor();
  await mine.saved();
  assert.equal((await mine.stored(ABSTRACT)).content, "one\ntwo\nTHEIRS\n");
  const kept = await history(mine);
  assert.ok(kept.includes("one\ntwo\nMINE\n") && kept.includes("one\ntwo\nTHEIRS\n"));
  await mine.editor.focus();
  await mine.page.keyboard.press("Control+z");
  assert.equal(await mine.text(), "one\ntwo\nMINE\n");
});

test("a conflict left behind is found again, with both texts, on the next visit", async (t) => {
  const { server, context, desk: mine } = await desk(t);
  await mine.elsewhere(ABSTRACT, (text) => text.replace("three", "THEIRS"));
  await mine.page.locator(".cm-line", { hasText: "three" }).click();
  await mine.page.keyboard.press("End");
  await mine.page.keyboard.type(" MINE");
  await mine.page.locator(".notice").waitFor();
  await mine.leave();
  const again = await sitDown(context, server);
  await again.page.locator(".notice").waitFor();
  assert.equal(await again.text(), "one\ntwo\nthree MINE\n");
  assert.equal((await again.stored(ABSTRACT)).content, "one\ntwo\nTHEIRS\n");
});

test("two tabs of one person in one section end with both their words", async (t) => {
  const { server, context, desk: one } = await desk(t);
  const two = await sitDown(context, server);
  await one.write("from the first tab");
  await one.saved();
  await two.page.locator(".cm-line", { hasText: "one" }).click();
  await two.page.keyboard.press("Home");
  await two.page.keyboard.type("from the second tab\n");
  await two.saved();
  const { content } = await one.stored(ABSTRACT);
  assert.equal(content, "from the second tab\none\ntwo\nthree\nfrom the first tab");
});

test("a file converted to CRLF on disk is written on with CRLF", async (t) => {
  const { server, desk: mine } = await desk(t);
  await writeFile(server.path("visitor-001", ABSTRACT), "one\r\ntwo\r\nthree");
  await mine.open("manuscript/methods");
  await mine.ready();
  const read = mine.page.waitForResponse((response) => response.url().endsWith(`/${ABSTRACT}/`));
  await mine.open(ABSTRACT);
  await (await read).finished();
  await mine.page.locator(".cm-line").nth(3).waitFor({ state: "detached" });
  await mine.write("\nfour");
  await mine.saved();
  assert.equal((await mine.stored(ABSTRACT)).content, "one\r\ntwo\r\nthree\r\nfour");
});
