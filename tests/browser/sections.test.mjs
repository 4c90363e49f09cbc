/** The outline and the chooser: finding sections, and changing what there is. */
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { closeBrowser, person, sitDown } from "./browser.mjs";
import { eventually, serve } from "./server.mjs";

after(closeBrowser);

async function start(t) {
  const server = await serve(t);
  const desk = await sitDown(await person(t), server);
  const { page } = desk;
  const document = page.getByRole("region", { name: "Manuscript" });
  const labels = () => document.locator(".row .name").allTextContents();
  const menu = async (section, item) => {
    await document.getByRole("link", { name: section }).hover();
    await document.getByRole("button", { name: `${section}: what to do` }).click();
    await page.getByRole("menuitem", { name: item }).click();
  };
  const path = join(server.data, "visitor-001/default-project/scitex/writer/manuscript.tex");
  /** Waits until the master file says so: like every file, it follows in a moment. */
  const master = (line) =>
    eventually(`${line} in the master file`, async () => line.test(await readFile(path, "utf8")));
  return { server, desk, page, document, labels, menu, master };
}

test("the chooser finds a section by a few letters, by keyboard alone", async (t) => {
  const { desk, page } = await start(t);
  await page.keyboard.press("Control+k");
  const input = page.getByRole("combobox", { name: "Section" });
  await input.waitFor();
  await page.keyboard.type("rev intro");
  await page.getByRole("option").and(page.locator('[aria-selected="true"]')).waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL(/#revision\/introduction$/);
  await desk.ready();
  await page.keyboard.type("typed at once");
  await desk.saved();
  assert.match((await desk.stored("revision/introduction")).content, /typed at once/);

  // Back to a text that is there in the same instant: the keys must not be lost either.
  await page.keyboard.press("Control+k");
  await input.waitFor();
  await page.keyboard.type("abstract");
  await page.keyboard.press("Enter");
  await page.waitForURL(/#manuscript\/abstract$/);
  await page.keyboard.type("and here");
  await desk.saved();
  assert.match((await desk.stored("manuscript/abstract")).content, /and here/);
});

test("the chooser is a button with a listbox; arrows move, Escape goes back", async (t) => {
  const { page } = await start(t);
  const button = page.locator("#texfile-selector");
  await button.click();
  assert.equal(await button.getAttribute("aria-expanded"), "true");
  const input = page.getByRole("combobox", { name: "Section" });
  const active = async () => {
    const id = await input.getAttribute("aria-activedescendant");
    return page.locator(`#${id} .name`).textContent();
  };
  assert.equal(await active(), "Abstract");
  await page.keyboard.press("ArrowDown");
  const second = await active();
  assert.notEqual(second, "Abstract");
  await page.keyboard.press("ArrowUp");
  assert.equal(await active(), "Abstract");
  await page.keyboard.press("Escape");
  await input.waitFor({ state: "detached" });
  assert.equal(await page.evaluate(() => document.activeElement?.id), "texfile-selector");
});

test("the outline's numbers are the editor's numbers", async (t) => {
  const { desk, page, document } = await start(t);
  const row = document.getByRole("link", { name: "Abstract" });
  const number = async () => Number((await row.locator(".count").textContent())?.match(/\d+/)?.[0]);
  const { documents } = await desk.api(
    "GET",
    `/writer/api/project/${(await desk.session()).project_id}/sections/`,
  );
  for (const { sections } of documents) {
    for (const { id, words, included } of sections) {
      if (!included) continue;
      await desk.open(id);
      await desk.ready();
      const here = await page.locator("#word-count").textContent();
      assert.match(here ?? "", new RegExp(` ${words} words?$`), id);
    }
  }
  await desk.open("manuscript/abstract");
  const before = await number();
  await desk.write(" five more words than before");
  await eventually("the count", async () => (await number()) === before + 5);
});

test("a section is added, named, and written in at once", async (t) => {
  const { desk, page, document, labels, master } = await start(t);
  await document.hover();
  await document.getByRole("button", { name: "Add a section to Manuscript" }).click();
  await page.keyboard.type("Author contributions");
  await document.getByText("author_contributions.tex").waitFor();
  await page.keyboard.press("Enter");
  await page.waitForURL(/#manuscript\/author_contributions$/);
  await desk.ready();
  await page.keyboard.type("All did all.");
  await desk.saved();
  assert.ok((await labels()).includes("Author contributions"));
  assert.match((await desk.stored("manuscript/author_contributions")).content, /All did all\./);
  await master(/^\\input\{sections\/manuscript\/author_contributions\}$/m);
});

test("a name that is there already is refused beside the field", async (t) => {
  const { page, document } = await start(t);
  await document.hover();
  await document.getByRole("button", { name: "Add a section to Manuscript" }).click();
  await page.keyboard.type("Methods");
  await page.keyboard.press("Enter");
  await document.locator(".name-field .field-error").waitFor();
  await page.keyboard.press("Escape");
  await document.locator(".name-field").waitFor({ state: "detached" });
});

test("renaming keeps the text, its history and what is being typed", async (t) => {
  const { desk, page, menu, document, server } = await start(t);
  await desk.open("manuscript/methods");
  await desk.ready();
  await desk.write("\nKept.");
  await menu("Methods", "Rename…");
  await page.keyboard.type("Data and methods");
  await page.keyboard.press("Enter");
  await document.getByRole("link", { name: "Data and methods" }).waitFor();
  await page.waitForURL(/#manuscript\/data_and_methods$/);
  await desk.write(" And on.");
  await desk.saved();
  assert.match((await desk.stored("manuscript/data_and_methods")).content, /Kept\. And on\.$/);
  await server.onDisk("visitor-001", "manuscript/data_and_methods", "Kept. And on.");
  await desk.page.keyboard.press("Control+z");
  await desk.saved();
});

test("sections are moved, switched off and on", async (t) => {
  const { menu, labels, document, master } = await start(t);
  const before = await labels();
  const at = before.indexOf("Methods");
  await menu("Methods", "Move down");
  await eventually("the move", async () => (await labels()).indexOf("Methods") === at + 1);
  await menu("Methods", "Move up");
  await eventually("the move back", async () => (await labels()).indexOf("Methods") === at);
  await menu("Methods", "Switch off");
  await document.locator(".row.off", { hasText: "Methods" }).waitFor();
  await master(/^% \\input\{sections\/manuscript\/methods\}$/m);
  await menu("Methods", "Switch on");
  await document.locator(".row:not(.off)", { hasText: "Methods" }).waitFor();
  await master(/^\\input\{sections\/manuscript\/methods\}$/m);
});

test("deleting asks first, and goes on with the next section", async (t) => {
  const { desk, page, menu, labels } = await start(t);
  await desk.open("manuscript/discussion");
  await menu("Discussion", "Delete…");
  const question = page.getByRole("dialog", { name: "Delete “Discussion”?" });
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Keep it");
  await page.keyboard.press("Escape");
  await question.waitFor({ state: "detached" });
  await menu("Discussion", "Delete…");
  await question.getByRole("button", { name: "Delete" }).click();
  await eventually("the deletion", async () => !(await labels()).includes("Discussion"));
  await desk.ready();
  assert.doesNotMatch(page.url(), /discussion/);
  assert.equal((await desk.stored("manuscript/discussion")).status, 404);
});

test("deleting a section whose save is slow leaves no trouble behind", async (t) => {
  const { desk, page, menu, labels } = await start(t);
  await desk.open("manuscript/results");
  await desk.ready();
  let release = () => {};
  const held = new Promise((go) => (release = go));
  await page.route("**/section/manuscript/results/", async (route) => {
    if (route.request().method() === "PUT") await held;
    await route.continue();
  });
  await desk.write("too late");
  await desk.says("Saving");
  await menu("Results", "Delete…");
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
  await eventually("the deletion", async () => !(await labels()).includes("Results"));
  const answered = page.waitForResponse((response) => response.request().method() === "PUT");
  release();
  assert.equal((await answered).status(), 404);
  await desk.ready();
  await desk.saved();
  await desk.reload();
  assert.equal(await page.locator(".notice").count(), 0);
});
