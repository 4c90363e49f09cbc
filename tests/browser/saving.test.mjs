/** Nothing typed is ever lost: networks, closing tabs, several hands, line endings. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { after, test } from "node:test";
import { closeBrowser, Desk, person, sitDown } from "./browser.mjs";
import { eventually, serve } from "./server.mjs";

after(closeBrowser);

const ABSTRACT = "manuscript/abstract";
const METHODS = "manuscript/methods";

test("Ctrl+S saves at once", async (t) => {
  const server = await serve(t);
  const desk = await sitDown(await person(t), server);
  await desk.write("now");
  const saving = desk.page.waitForRequest((request) => request.method() === "PUT");
  const typed = Date.now();
  await desk.page.keyboard.press("Control+s");
  await saving;
  assert.ok(Date.now() - typed < 800, "before the pause would have saved it");
  await desk.saved();
});

test("switching sections, however fast, never mixes texts, and saves each", async (t) => {
  const server = await serve(t);
  const desk = await sitDown(await person(t), server);
  const names = ["introduction", "methods", "results", "discussion", "abstract"];
  for (const name of names) {
    await desk.open(`manuscript/${name}`);
    await desk.ready();
  }
  for (let round = 0; round < 3; round++) {
    for (const name of names) {
      // Not waiting for anything between click and keystroke, as in a race.
      await desk.open(`manuscript/${name}`);
      await desk.page.keyboard.press("Control+End");
      await desk.page.keyboard.type(`[${name}]`);
    }
  }
  await desk.saved();
  for (const name of names) {
    const { content } = await desk.stored(`manuscript/${name}`);
    assert.deepEqual(content.match(/\[[a-z]+\]/g), Array(3).fill(`[${name}]`), name);
  }
});

test("switching before the texts are there never mixes them either", async (t) => {
  const server = await serve(t);
  const desk = await sitDown(await person(t), server);
  const names = ["introduction", "methods", "results", "discussion"];
  // The answers come in the opposite order, each after the one that was asked for later.
  const gates = names.map(() => {
    let open = () => {};
    return { opened: new Promise((go) => (open = go)), open: () => open() };
  });
  await desk.page.route("**/section/manuscript/*/", async (route) => {
    const at = names.findIndex((name) => route.request().url().endsWith(`/${name}/`));
    if (route.request().method() !== "GET" || at < 0) return route.continue();
    const response = await route.fetch();
    await gates[at].opened;
    await route.fulfill({ response });
  });
  await desk.reload();
  for (const name of names) {
    await desk.open(`manuscript/${name}`);
    await desk.page.keyboard.type(`[${name}]`);
  }
  for (let at = names.length - 1; at >= 0; at--) {
    const arrived = desk.page.waitForResponse((response) => response.url().endsWith(`/${names[at]}/`));
    gates[at].open();
    await (await arrived).finished();
    await desk.ready();
    await desk.page.keyboard.type("[discussion]");
  }
  await desk.saved();
  for (const name of names) {
    const { content } = await desk.stored(`manuscript/${name}`);
    for (const [mark] of content.matchAll(/\[[a-z]+\]/g)) assert.equal(mark, `[${name}]`);
  }
});

test("a section once loaded is shown in the same frame", async (t) => {
  const server = await serve(t);
  const desk = await sitDown(await person(t), server);
  await desk.open(METHODS);
  await desk.ready();
  await desk.write("\nmethods text");
  await desk.open(ABSTRACT);
  await desk.ready();
  const after = await desk.page.evaluate(() => {
    document.querySelector('.outline a[href="#manuscript/methods"]').click();
    return document.querySelector(".cm-content").textContent;
  });
  assert.match(after, /methods text$/);
});

test("cursor, scroll and undo belong to each section", async (t) => {
  const server = await serve(t);
  const desk = await sitDown(await person(t), server);
  const { page } = desk;
  const { keyboard } = page;
  const top = () => page.locator(".cm-scroller").evaluate((element) => element.scrollTop);
  await desk.write("\n".repeat(80) + "end");
  const [position, scrolled] = [await desk.position(), await top()];
  assert.ok(scrolled > 100);
  await desk.open(METHODS);
  await desk.write("other");
  await keyboard.press("Control+z");
  await keyboard.press("Control+z");
  await desk.open(ABSTRACT);
  assert.equal(await desk.position(), position);
  assert.ok(Math.abs((await top()) - scrolled) < 2);
  assert.match(await desk.text(), /end$/, "undo in one section left the other alone");
});

test("Back and Forward go through the sections", async (t) => {
  const server = await serve(t);
  const desk = await sitDown(await person(t), server);
  const selector = desk.page.locator("#texfile-selector");
  await desk.open(METHODS);
  await desk.page.goBack();
  await selector.filter({ hasText: "Abstract" }).waitFor();
  await desk.page.goForward();
  await selector.filter({ hasText: "Methods" }).waitFor();
});

test("CRLF and a missing final newline survive editing", async (t) => {
  const server = await serve(t);
  await writeFile(server.path("visitor-001", ABSTRACT), "one\r\ntwo\r\nthree");
  const desk = await sitDown(await person(t), server);
  await desk.page.locator(".cm-line", { hasText: "one" }).click();
  await desk.page.keyboard.press("End");
  await desk.page.keyboard.type("!\nnew");
  await desk.saved();
  assert.equal((await desk.stored(ABSTRACT)).content, "one!\r\nnew\r\ntwo\r\nthree");
  await eventually("the file", async () =>
    (await server.file("visitor-001", ABSTRACT)) === "one!\r\nnew\r\ntwo\r\nthree",
  );
});

test("a stray carriage return stays where it is", async (t) => {
  const server = await serve(t);
  await writeFile(server.path("visitor-001", ABSTRACT), "one\r\ntwo\nthr\ree\n");
  const desk = await sitDown(await person(t), server);
  await desk.write("end");
  await desk.saved();
  assert.equal((await desk.stored(ABSTRACT)).content, "one\r\ntwo\nthr\ree\nend");
});

test("offline: says so, keeps the text, sends it on return", async (t) => {
  const server = await serve(t);
  const context = await person(t);
  const desk = await sitDown(context, server, `/writer/#${METHODS}`);
  await desk.open(ABSTRACT);
  await desk.ready();
  await context.setOffline(true);
  await desk.write("\nOn the train.");
  await desk.says("Offline: kept in this browser, will be sent");
  await desk.open(METHODS);
  await desk.write("\nIn the tunnel.");
  await desk.says("Offline: kept in this browser, will be sent");
  await context.setOffline(false);
  await desk.saved();
  assert.match((await desk.stored(ABSTRACT)).content, /On the train\.$/);
  assert.match((await desk.stored(METHODS)).content, /In the tunnel\.$/);
  assert.ok(desk.console.includes("log: [visitor-001] [Writer] Saving 2 sections for manuscript"));
});

test("server gone for a while: the text is sent when it is back, without a word", async (t) => {
  const server = await serve(t);
  const desk = await sitDown(await person(t), server);
  await server.kill();
  await desk.write("\nNobody there.");
  await desk.says("Offline: kept in this browser, will be sent");
  await server.restart();
  await desk.saved();
  await server.onDisk("visitor-001", ABSTRACT, "Nobody there.");
});

// The server is killed rather than the page set offline: a page that is being closed is no longer
// under Playwright's network, and would get its last words through.

test("offline, tab closed, opened again: the text is there and is sent", async (t) => {
  const server = await serve(t);
  const context = await person(t);
  const desk = await sitDown(context, server);
  await server.kill();
  await desk.write("\nKept.");
  await desk.says("Offline: kept in this browser");
  await desk.leave();
  await server.restart();
  const again = await sitDown(context, server);
  await again.saved();
  assert.match(await again.text(), /Kept\.$/);
  assert.match((await again.stored(ABSTRACT)).content, /Kept\.$/);
});

test("a draft of a section that is not opened is sent too", async (t) => {
  const server = await serve(t);
  const context = await person(t);
  const desk = await sitDown(context, server);
  await desk.open(METHODS);
  await desk.ready();
  await server.kill();
  await desk.write("\nKept methods.");
  await desk.says("Offline: kept in this browser");
  await desk.leave();
  await server.restart();
  const again = await sitDown(context, server, `/writer/#${ABSTRACT}`);
  await eventually("the methods on the server", async () =>
    (await again.stored(METHODS)).content.endsWith("Kept methods."),
  );
});

test("a tab closed right after a keystroke has saved it", async (t) => {
  const server = await serve(t);
  const context = await person(t);
  const desk = await sitDown(context, server);
  await desk.write("\nLast words.");
  await desk.page.close({ runBeforeUnload: true });
  await server.onDisk("visitor-001", ABSTRACT, "Last words.");
});

test("an answer that got lost is no conflict", async (t) => {
  const server = await serve(t);
  const desk = await sitDown(await person(t), server);
  let lose = true;
  await desk.page.route("**/section/**", async (route) => {
    if (route.request().method() !== "PUT" || !lose) return route.continue();
    await route.fetch();
    await route.abort("connectionreset");
  });
  await desk.write("\nOne");
  await desk.says("Offline");
  await desk.write(" two");
  lose = false;
  await desk.page.keyboard.press("Control+s");
  await desk.saved();
  assert.equal(await desk.page.locator(".notice").count(), 0);
  assert.match((await desk.stored(ABSTRACT)).content, /One two$/);
});

test("a server that refuses is quoted, and the text is kept", async (t) => {
  const server = await serve(t);
  const desk = await sitDown(await person(t), server);
  await desk.page.route("**/section/**", (route) =>
    route.request().method() === "PUT"
      ? route.fulfill({
          status: 507,
          contentType: "application/json",
          body: JSON.stringify({ success: false, code: "disk_full", error: "The disk is full." }),
        })
      : route.continue(),
  );
  await desk.write("\nMore.");
  await desk.says("The disk is full. Kept in this browser, will be sent.");
  await desk.page.unroute("**/section/**");
  await desk.page.keyboard.press("Control+s");
  await desk.saved();
});

test("a text over the limit is refused with a sentence, and saved once it is shorter", async (t) => {
  const server = await serve(t);
  const desk = await sitDown(await person(t), server);
  await desk.editor.focus();
  await desk.page.keyboard.insertText("x".repeat(2 * 1024 * 1024 + 1));
  await desk.page.locator('#save-state[data-kind="refused"]').waitFor();
  await desk.says("Kept in this browser.");
  await desk.page.keyboard.press("Control+z");
  await desk.saved();
});

test("a lost answer, then undone: unsaved until the server has heard that too", async (t) => {
  const server = await serve(t);
  const desk = await sitDown(await person(t), server);
  await desk.write("\nKept.");
  await desk.saved();
  let lose = true;
  await desk.page.route("**/section/**", async (route) => {
    if (route.request().method() !== "PUT" || !lose) return route.continue();
    await route.fetch();
    await route.abort("connectionreset");
  });
  // Undo joins what is typed without a pause; a new place in the text begins anew.
  await desk.page.keyboard.press("Control+Home");
  await desk.page.keyboard.type("OOPS");
  await desk.says("Offline");
  await desk.page.keyboard.press("Control+z");
  assert.doesNotMatch(await desk.text(), /OOPS/);
  lose = false;
  await desk.saved();
  const { content } = await desk.stored(ABSTRACT);
  assert.match(content, /Kept\.$/);
  assert.doesNotMatch(content, /OOPS/);
  assert.doesNotMatch(await desk.text(), /OOPS/);
});

test("a draft the server had, and went on from, gives way without a word", async (t) => {
  const server = await serve(t);
  const context = await person(t);
  const desk = await sitDown(context, server);
  await desk.write("\nMy first sentence is");
  await desk.saved();
  // The save of the closing page arrives; the page does not live to see the answer.
  await desk.page.route("**/section/**", async (route) => {
    if (route.request().method() !== "PUT") return route.continue();
    await route.fetch();
  });
  await desk.page.keyboard.type(" now longer");
  await eventually("the save", async () =>
    (await desk.stored(ABSTRACT)).content.endsWith("is now longer"),
  );
  await desk.page.close();
  const other = await context.newPage();
  await other.goto(`${server.url}/auth/login/`);
  const hand = new Desk(other, server);
  await hand.elsewhere(ABSTRACT, (text) => text.replace("now longer", "now longer and finished"));
  await other.close();
  const again = await sitDown(context, server);
  await again.page.locator(".cm-line", { hasText: "now longer and finished" }).waitFor();
  await again.saved();
  assert.equal(await again.page.locator(".notice").count(), 0);
  assert.match((await again.stored(ABSTRACT)).content, /is now longer and finished$/);
});

/** A desk in whose methods somebody types while another hand deletes the section. */
async function deletedElsewhere(t) {
  const server = await serve(t);
  const context = await person(t);
  const desk = await sitDown(context, server);
  await desk.open(METHODS);
  await desk.ready();
  const { project_id: project } = await desk.session();
  const path = `/writer/api/project/${project}/section/${METHODS}/`;
  assert.equal((await desk.api("DELETE", path)).status, 200);
  await desk.write("\nPrecious.");
  await desk.says("“methods” is gone: your text is kept in this browser");
  return { server, context, desk };
}

test("a section deleted elsewhere while it is typed in can be had back, with its text", async (t) => {
  const { desk } = await deletedElsewhere(t);
  const notice = desk.page.getByRole("region", { name: "A section that is gone" });
  await notice.getByText("“methods” was deleted or renamed elsewhere.").waitFor();
  await notice.getByRole("button", { name: "Add the section again" }).click();
  await notice.waitFor({ state: "detached" });
  await desk.saved();
  assert.match((await desk.stored(METHODS)).content, /Precious\.$/);
  await desk.page.locator(`.outline a[href="#${METHODS}"]`).waitFor();
  await desk.write(" And on.");
  await desk.saved();
  assert.match((await desk.stored(METHODS)).content, /Precious\. And on\.$/);
});

test("a section deleted elsewhere while it is typed in can be let go", async (t) => {
  const { desk } = await deletedElsewhere(t);
  const notice = desk.page.getByRole("region", { name: "A section that is gone" });
  await notice.getByRole("button", { name: "Discard" }).click();
  await notice.waitFor({ state: "detached" });
  await desk.saved();
  await desk.ready();
  assert.doesNotMatch(desk.page.url(), /methods/);
  await desk.reload();
  assert.equal(await desk.page.locator(".notice").count(), 0);
});

test("words left from a section that is gone are offered on the next visit", async (t) => {
  const { server, context, desk } = await deletedElsewhere(t);
  await desk.leave();
  const again = await sitDown(context, server);
  const notice = again.page.getByRole("region", { name: "Text of a section that is gone" });
  await notice.getByText("Words of yours are left from “methods”, which is gone").waitFor();
  await again.reload();
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await notice.getByRole("button", { name: "Copy" }).click();
  await notice.getByRole("button", { name: "Copied" }).waitFor();
  const copied = await again.page.evaluate(() => navigator.clipboard.readText());
  assert.match(copied, /Precious\.$/);
  await notice.getByRole("button", { name: "Add them as a section" }).click();
  await notice.waitFor({ state: "detached" });
  await again.page.waitForURL(/#manuscript\/methods$/);
  await again.saved();
  assert.match(await again.text(), /Precious\.$/);
  assert.match((await again.stored(METHODS)).content, /Precious\.$/);
  await again.reload();
  assert.equal(await notice.count(), 0);
});
