/** The project menu: going from one project to another, and what can be done with them. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { check, smallTargets } from "./axe.mjs";
import { closeBrowser, person, SIZES, sitDown } from "./browser.mjs";
import { eventually, serve } from "./server.mjs";

after(closeBrowser);

const ABSTRACT = "manuscript/abstract";

/** The menu of whoever sits at `desk`, as they see it. */
class Menu {
  constructor({ page }) {
    this.page = page;
    this.surface = page.getByRole("dialog", { name: "Projects" });
  }

  get button() {
    return this.page.getByRole("button", { name: /^Project / }).filter({ visible: true });
  }

  async open() {
    if (await this.surface.isHidden()) await this.button.click();
    await this.surface.waitFor();
  }

  link(name) {
    return this.surface.getByRole("link", { name });
  }

  names() {
    return this.surface.locator(".project-row .name").allTextContents();
  }

  async choose(name, what) {
    await this.link(name).hover();
    await this.surface.getByRole("button", { name: `${name}: what to do` }).click();
    await this.page.getByRole("menuitem", { name: what }).click();
  }

  async create(name) {
    await this.open();
    await this.surface.getByRole("button", { name: "New project…" }).click();
    await this.page.keyboard.type(name);
    await this.page.keyboard.press("Enter");
  }

  /** Waits until this project is the one on the desk. */
  async at(name) {
    await this.page.locator(`.bar button[aria-label="Project ${name}"]`).waitFor();
  }
}

async function start(t, { name = "alice", ...look } = {}) {
  const server = await serve(t);
  const context = await person(t, look);
  const desk = await sitDown(context, server);
  if (name) await desk.signUp(name);
  // What was being fetched ahead when the session changed is fetched again; Chromium logs the first.
  desk.console.length = 0;
  return { server, context, desk, page: desk.page, menu: new Menu(desk) };
}

const complaints = (desk) => desk.console.filter((line) => !line.startsWith("log: "));

test("a new project is opened, has the template, and leaves the other as it was", async (t) => {
  const { desk, page, menu, server } = await start(t);
  // At once, within the second before the pause would have saved it.
  await desk.write("\nIn the first.");
  await menu.create("Grant 2026");
  await menu.at("Grant 2026");
  await desk.ready();
  assert.doesNotMatch(await desk.text(), /In the first/);
  await desk.write("\nIn the second.");
  await desk.saved();
  await server.onDisk("alice", ABSTRACT, "In the first.", "default-project");
  await server.onDisk("alice", ABSTRACT, "In the second.", "Grant 2026");
  await menu.open();
  await menu.link("default-project").click();
  await menu.at("default-project");
  await desk.ready();
  assert.match(await desk.text(), /In the first\.$/);
  await page.goBack();
  await menu.at("Grant 2026");
  // The one opened last is the one the writer opens.
  await desk.go("/writer/");
  await menu.at("Grant 2026");
  assert.deepEqual(complaints(desk), []);
});

test("the current project is marked, and its link only closes the menu", async (t) => {
  const { page, menu } = await start(t);
  await menu.open();
  const link = menu.link("default-project");
  assert.equal(await link.getAttribute("aria-current"), "page");
  assert.match((await link.getAttribute("href")) ?? "", /^\/writer\/project\/\d+\/$/);
  let gone = false;
  page.on("framenavigated", () => (gone = true));
  await link.click();
  await menu.surface.waitFor({ state: "detached" });
  assert.equal(gone, false);
});

test("a name that is taken or not allowed is said at the field, and stays in it", async (t) => {
  const { page, menu } = await start(t);
  await menu.create("default-project");
  const field = menu.surface.getByRole("textbox", { name: "Name of the new project" });
  const error = menu.surface.locator(".project-name-form .field-error");
  await error.waitFor();
  assert.equal(await field.inputValue(), "default-project");
  assert.equal(await field.getAttribute("aria-invalid"), "true");
  await field.fill("../etc");
  assert.equal(await error.count(), 0);
  await page.keyboard.press("Enter");
  await error.waitFor();
  await page.keyboard.press("Escape");
  await field.waitFor({ state: "detached" });
  assert.ok(await menu.surface.isVisible(), "Escape left the field, not the menu");
});

test("renaming the current project shows in the bar at once, and the text goes on", async (t) => {
  const { desk, page, menu, server } = await start(t);
  await menu.open();
  await menu.choose("default-project", "Rename…");
  await page.keyboard.type("Ripples");
  await page.keyboard.press("Enter");
  await menu.at("Ripples");
  await menu.link("Ripples").waitFor();
  assert.deepEqual(await menu.names(), ["Ripples"]);
  assert.equal(await page.title(), "Abstract · Ripples · SciTeX Writer");
  await page.keyboard.press("Escape");
  await desk.write("\nStill here.");
  await desk.saved();
  await server.onDisk("alice", ABSTRACT, "Still here.", "Ripples");
});

test("a duplicate has the words typed a moment ago", async (t) => {
  const { desk, menu } = await start(t);
  await desk.write("\nCopied.");
  await menu.open();
  await menu.choose("default-project", "Duplicate");
  await menu.link("default-project-copy").click();
  await menu.at("default-project-copy");
  await desk.ready();
  assert.match(await desk.text(), /Copied\.$/);
});

test("a project goes to the bin and comes back", async (t) => {
  const { desk, page, menu } = await start(t);
  await menu.create("Thesis");
  await menu.at("Thesis");
  await desk.ready();
  await desk.write("\nChapter one.");
  await desk.saved();
  await menu.open();
  await menu.choose("Thesis", "Move to bin…");
  const question = menu.surface.getByRole("group", { name: "Move “Thesis” to the bin?" });
  await question.getByText("It is kept in the bin for 30 days.").waitFor();
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), "Keep it");
  await question.getByRole("button", { name: "Move to bin" }).click();
  // It was the one on the desk: the page goes on with the other.
  await menu.at("default-project");
  await desk.ready();
  await menu.open();
  assert.deepEqual(await menu.names(), ["default-project"]);
  await menu.surface.getByRole("button", { name: "Bin (1)" }).click();
  const bin = menu.surface.getByRole("list", { name: "Bin" });
  await bin.getByText(/^kept until \w{3} \d{1,2} \w{3,4}$/).waitFor();
  await bin.getByRole("button", { name: "Restore Thesis" }).click();
  await menu.link("Thesis").click();
  await menu.at("Thesis");
  await desk.ready();
  assert.match(await desk.text(), /Chapter one\.$/);
});

test("binning another project leaves this page where it is", async (t) => {
  const { desk, menu } = await start(t);
  await menu.create("Thesis");
  await menu.at("Thesis");
  await desk.ready();
  await menu.open();
  await menu.choose("default-project", "Move to bin…");
  await menu.surface.getByRole("button", { name: "Move to bin" }).click();
  await eventually("the list", async () => (await menu.names()).join() === "Thesis");
  assert.equal(await desk.page.locator(".notice").count(), 0);
  await desk.write("\nOn.");
  await desk.saved();
  assert.deepEqual(complaints(desk), []);
});

test("whoever bins their only project goes on in a new one", async (t) => {
  const { desk, menu } = await start(t);
  await desk.write("\nThe only one.");
  await menu.open();
  await menu.choose("default-project", "Move to bin…");
  await menu.surface.getByRole("button", { name: "Move to bin" }).click();
  await desk.page.waitForFunction(
    () => !document.querySelector(".cm-content")?.textContent.includes("only one"),
  );
  await desk.ready();
  await menu.open();
  await menu.surface.getByRole("button", { name: "Bin (1)" }).waitFor();
  await desk.page.keyboard.press("Escape");
  await desk.write("\nNew.");
  await desk.saved();
});

test("another tab on a binned project says so and keeps the words", async (t) => {
  const { desk, context, server, menu } = await start(t);
  await menu.create("Thesis");
  await menu.at("Thesis");
  await desk.ready();
  const other = await sitDown(context, server, new URL(desk.page.url()).pathname);
  await menu.open();
  await menu.choose("Thesis", "Move to bin…");
  await menu.surface.getByRole("button", { name: "Move to bin" }).click();
  await menu.at("default-project");
  await other.page.getByRole("alert").getByText("This project is not open to you any more.").waitFor();
});

test("everything by keyboard", async (t) => {
  const { desk, page, menu } = await start(t);
  const { keyboard } = page;
  const focused = () => page.evaluate(() => document.activeElement?.textContent ?? "");
  await menu.button.focus();
  await keyboard.press("Enter");
  await menu.surface.waitFor();
  assert.match(await focused(), /^default-project/);
  await keyboard.press("Tab");
  await keyboard.press("Tab");
  assert.match(await focused(), /New project/);
  await keyboard.press("Enter");
  await keyboard.type("Beta");
  await keyboard.press("Enter");
  await menu.at("Beta");
  await desk.ready();
  await menu.button.focus();
  await keyboard.press("Enter");
  await menu.link("default-project").waitFor();
  assert.match(await focused(), /^Beta/);
  await keyboard.press("ArrowDown");
  assert.match(await focused(), /^default-project/);
  await keyboard.press("Home");
  await keyboard.type("d");
  assert.match(await focused(), /^default-project/);
  await keyboard.press("ArrowUp");
  // Its menu, with the keys people know from menus.
  await keyboard.press("Tab");
  await keyboard.press("ArrowDown");
  await page.getByRole("menuitem", { name: "Rename…" }).waitFor();
  await keyboard.press("Escape");
  await page.getByRole("menu").waitFor({ state: "detached" });
  assert.ok(await menu.surface.isVisible(), "Escape closed the menu over it only");
  await keyboard.press("Enter");
  await page.getByRole("menuitem", { name: "Rename…" }).waitFor();
  await keyboard.press("Enter");
  await keyboard.type("Gamma");
  await keyboard.press("Enter");
  await menu.at("Gamma");
  await eventually("the focus on the row", async () => (await focused()).startsWith("Gamma"));
  await keyboard.press("Home");
  await keyboard.press("Enter");
  await menu.at("default-project");
  await desk.ready();
  await menu.button.focus();
  await keyboard.press("Enter");
  await menu.surface.waitFor();
  await keyboard.press("Escape");
  await menu.surface.waitFor({ state: "detached" });
  assert.match(await focused(), /^default-project/);
});

test("with many projects there is a field to find one", async (t) => {
  const { desk, page, menu } = await start(t);
  for (const name of ["a1", "a2", "a3", "a4", "a5", "a6", "a7", "needle"]) {
    const answer = await desk.api("POST", "/writer/api/projects/", { name });
    assert.equal(answer.status, 201, JSON.stringify(answer));
  }
  await menu.button.hover(); // the list is asked for before the click
  await eventually("the field", async () => {
    await menu.open();
    return (await menu.surface.locator(".project-filter").count()) === 1;
  });
  await menu.surface.getByRole("textbox", { name: "Find a project" }).focus();
  await page.keyboard.type("nee");
  assert.deepEqual(await menu.names(), ["needle"]);
  await page.keyboard.press("Enter");
  await menu.at("needle");
});

test("a middle click opens a project in a tab of its own", async (t) => {
  const { desk, context, menu } = await start(t);
  await desk.api("POST", "/writer/api/projects/", { name: "Second" });
  await menu.open();
  const opened = context.waitForEvent("page");
  await menu.link("Second").click({ button: "middle" });
  const page = await opened;
  await new Menu({ page }).at("Second");
  await menu.at("default-project");
});

test("a visitor has one project, and is told how to have more", async (t) => {
  const { page, menu } = await start(t, { name: null });
  await menu.open();
  await menu.link("default-project your workspace").waitFor();
  assert.equal(await menu.surface.getByRole("button").count(), 0);
  await menu.surface.getByRole("link", { name: "Sign up to have several projects" }).click();
  await page.getByRole("dialog", { name: "Sign up" }).waitFor();
  await menu.surface.waitFor({ state: "detached" });
});

test("the longest names have room everywhere", async (t) => {
  const { desk, page, menu } = await start(t, { name: `${"m".repeat(38)}x`, size: "phone" });
  const long = `${"W".repeat(63)}x`;
  await desk.api("POST", "/writer/api/projects/", { name: long });
  await desk.reload();
  for (const size of ["phone", "desk"]) {
    await page.setViewportSize(SIZES[size]);
    const outline = page.getByRole("button", { name: "Outline", exact: true });
    if (size === "phone") await outline.click();
    await menu.open();
    await menu.choose(long, "Move to bin…");
    const inside = () =>
      menu.surface.evaluate((element) => element.scrollWidth <= element.clientWidth);
    assert.ok(await inside(), `the menu, ${size}`);
    await check(page, `long-names-${size}`);
    await page.keyboard.press("Escape");
    await menu.link(long).click();
    await desk.ready();
    await page.locator(".bar").getByRole("button", { name: "Share", exact: true }).click();
    await page.getByRole("dialog", { name: "Share" }).locator(".person").waitFor();
    await check(page, `long-names-share-${size}`);
    await page.keyboard.press("Escape");
    await page.goto(`${desk.server.url}/writer/`);
    await desk.ready();
  }
});

for (const size of ["desk", "phone", "tiny"]) {
  for (const dark of [false, true]) {
    const look = `${size}-${dark ? "dark" : "light"}`;
    test(`the menu looks well, ${look}`, async (t) => {
      const { desk, page, menu } = await start(t, { size, dark });
      await desk.api("POST", "/writer/api/projects/", { name: "Grant 2026" });
      const { project } = await desk.api("POST", "/writer/api/projects/", { name: "Old grant" });
      await desk.api("DELETE", `/writer/api/project/${project.id}/`);
      if (size !== "desk") await page.getByRole("button", { name: "Outline", exact: true }).click();
      await menu.open();
      await menu.surface.getByRole("button", { name: "Bin (1)" }).click();
      await check(page, `projects-${look}`);
      if (size === "phone") assert.deepEqual(await smallTargets(page), []);
      await menu.choose("Grant 2026", "Move to bin…");
      await check(page, `projects-bin-${look}`);
      await page.keyboard.press("Escape");
      await menu.create("Grant 2026");
      await menu.surface.locator(".project-name-form .field-error").waitFor();
      await check(page, `projects-error-${look}`);
    });
  }
}
