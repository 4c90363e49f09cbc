/** Several people in one project: how they come in, what they may do, and how it ends. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { check, smallTargets } from "./axe.mjs";
import { closeBrowser, Desk, person, sitDown } from "./browser.mjs";
import { eventually, serve } from "./server.mjs";

/** Milliseconds: sooner than any polling. It takes a fraction of a second, where nothing else runs. */
const SOON = 4000;

after(closeBrowser);

const ABSTRACT = "manuscript/abstract";
/** What the page of somebody says who is out. */
const OUT = "This project is not open to you any more.";
const complaints = (desk) => desk.console.filter((line) => !line.startsWith("log: "));

/** Somebody with an account, at their own desk. */
async function member(t, server, name, look) {
  const context = await person(t, look);
  const desk = await sitDown(context, server);
  await desk.signUp(name);
  // What was being fetched ahead when the session changed is fetched again; Chromium logs the first.
  desk.console.length = 0;
  return Object.assign(desk, { context });
}

/** The dialog behind "Share". */
class Share {
  constructor({ page }) {
    this.page = page;
    this.surface = page.getByRole("dialog", { name: "Share" });
    this.button = page.locator(".bar").getByRole("button", { name: "Share", exact: true });
  }

  async open() {
    if (await this.surface.isHidden()) await this.button.click();
    await this.surface.waitFor();
  }

  row(name) {
    return this.surface.locator(".person", { hasText: name });
  }

  async add(name, role = "Editor") {
    await this.open();
    await this.surface.getByLabel("Role of the new person").selectOption(role);
    await this.surface.getByLabel("Add by username").fill(name);
    await this.page.keyboard.press("Enter");
  }

  async link(role = "Editor", end = "No end") {
    await this.open();
    await this.surface.getByLabel("Role of whoever follows the link").selectOption(role);
    await this.surface.getByLabel("How long the link is good").selectOption(end);
    await this.surface.getByRole("button", { name: "New link" }).click();
    const field = this.surface.getByLabel("Address of the new link");
    await field.waitFor();
    return field.inputValue();
  }

  setRole(name, role) {
    return this.row(name).getByLabel(`Role of ${name}`).selectOption(role);
  }

  async remove(name) {
    await this.row(name).getByRole("button", { name: `Remove ${name}` }).click();
    await this.row(name).getByRole("group").getByRole("button", { name: "Remove" }).click();
    await this.row(name).waitFor({ state: "detached" });
  }
}

/** Opens a project of somebody else's through the menu. */
async function goTo({ page }, name) {
  await page.locator(".bar").getByRole("button", { name: /^Project / }).click();
  await page.getByRole("dialog", { name: "Projects" }).getByRole("link", { name }).click();
}

/** Alice's project, with Bob in it, both at their desks. */
async function together(t, role = "Editor") {
  const server = await serve(t);
  const alice = await member(t, server, "alice");
  const bob = await member(t, server, "bob");
  const share = new Share(alice);
  await share.add("bob", role);
  await share.row("bob").waitFor();
  await goTo(bob, /alice/);
  await bob.page.locator(".host, #save-state", { hasText: "alice's project" }).first().waitFor();
  await bob.ready();
  return { server, alice, bob, share };
}

const readOnly = (desk) => desk.page.locator('.cm-content[contenteditable="false"]');
const writable = (desk) => desk.page.locator('.cm-content[contenteditable="true"]');

test("shared by username: the other finds it in the menu, and their words arrive", async (t) => {
  const { server, alice, bob } = await together(t);
  await bob.write("\nFrom Bob.");
  await bob.saved();
  await server.onDisk("alice", ABSTRACT, "From Bob.");
  await alice.page.keyboard.press("Escape");
  await alice.page.locator(".cm-line", { hasText: "From Bob." }).waitFor();
  await alice.reload();
  assert.match(await alice.text(), /From Bob\.$/);
  assert.deepEqual([...complaints(alice), ...complaints(bob)], []);
});

test("a name nobody has, or the owner's own, is said at the field", async (t) => {
  const server = await serve(t);
  const alice = await member(t, server, "alice");
  const share = new Share(alice);
  for (const name of ["nobody", "alice"]) {
    await share.add(name);
    const field = share.surface.getByLabel("Add by username");
    await share.surface.getByRole("alert").waitFor();
    assert.equal(await field.inputValue(), name);
    assert.equal(await field.getAttribute("aria-invalid"), "true");
    await field.fill("");
  }
  assert.equal(await share.surface.locator(".person").count(), 1);
});

test("shared by link: a visitor follows it, writes, and finds their own workspace again", async (t) => {
  const server = await serve(t);
  const alice = await member(t, server, "alice");
  const share = new Share(alice);
  await alice.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const address = await share.link("Editor", "7 days");
  assert.match(address, new RegExp(`^${server.url}/join/[\\w-]{20,}/$`));
  assert.equal(await alice.page.evaluate(() => getSelection()?.toString()), address);
  await share.surface.getByText("Shown only once: copy it now.").waitFor();
  await share.surface.getByRole("button", { name: "Copy" }).click();
  await share.surface.getByRole("button", { name: "Copied" }).waitFor();
  assert.equal(await alice.page.evaluate(() => navigator.clipboard.readText()), address);
  // A stray click does not take away what is told only once.
  await alice.page.mouse.click(600, 600);
  assert.ok(await share.surface.isVisible());

  const visitor = new Desk(await (await person(t)).newPage(), server);
  await visitor.page.goto(address);
  await visitor.page.waitForURL(/\/writer\/project\/\d+\//);
  await visitor.ready();
  const name = (await visitor.session()).username;
  await visitor.page.locator(".host", { hasText: "alice's project" }).waitFor();
  const lease = await visitor.page.locator("#lease").textContent();
  const own = "your workspace kept until .* · Sign up to keep it and your place here";
  assert.match(lease ?? "", new RegExp(`^${name} · ${own}$`));
  await visitor.write("\nFrom a visitor.");
  await visitor.saved();
  await alice.page.locator(".cm-line", { hasText: "From a visitor." }).waitFor();

  // The list has been open all the time.
  await share.row(name).waitFor();
  await share.surface.getByText(/^used 1 time · until /).waitFor();
  await share.surface.getByRole("button", { name: "Close" }).click();
  await share.open();
  assert.equal(await share.surface.getByLabel("Address of the new link").count(), 0);

  await goTo(visitor, "default-project your workspace");
  await visitor.page.waitForFunction(() => !document.querySelector(".host"));
  await visitor.ready();
  assert.doesNotMatch(await visitor.text(), /From a visitor/);
  await visitor.page.locator("#lease", { hasText: `${name} · kept until` }).waitFor();
  assert.deepEqual([...complaints(alice), ...complaints(visitor)], []);
});

test("a visitor who signs up in a shared project stays in it and keeps their own", async (t) => {
  const server = await serve(t);
  const alice = await member(t, server, "alice");
  const address = await new Share(alice).link();
  const visitor = await sitDown(await person(t), server);
  await visitor.write("\nMy own.");
  await visitor.saved();
  await visitor.page.goto(address);
  await visitor.page.locator(".host", { hasText: "alice's project" }).waitFor();
  await visitor.ready();
  await visitor.write("\nHers.");
  await visitor.signUp("vera");
  await visitor.saved();
  await visitor.page.locator(".host", { hasText: "alice's project" }).waitFor();
  assert.equal(await visitor.page.locator("#lease").count(), 0);
  await server.onDisk("alice", ABSTRACT, "Hers.");
  await server.onDisk("vera", ABSTRACT, "My own.");
  await visitor.write(" And on.");
  await visitor.saved();
});

test("a viewer reads: the caret walks, the text is found and copied, nothing changes", async (t) => {
  const { bob } = await together(t, "Viewer");
  const { page } = bob;
  await bob.says("View only · alice's project");
  await readOnly(bob).waitFor();
  assert.equal(await bob.editor.getAttribute("aria-readonly"), "true");
  assert.equal(await bob.editor.getAttribute("aria-description"), "You can only read this text.");
  const before = await bob.text();
  await bob.editor.focus();
  await page.keyboard.press("Control+Home");
  await page.keyboard.press("ArrowDown");
  assert.match((await bob.position()) ?? "", /^Ln 2, Col 1$/);
  await page.keyboard.type("no");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Control+b");
  await page.keyboard.press("Control+z");
  await page.keyboard.press("Delete");
  assert.equal(await bob.text(), before);
  await bob.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Control+c");
  assert.ok((await page.evaluate(() => navigator.clipboard.readText())).length > 10);
  await page.keyboard.press("Control+v");
  await page.keyboard.press("Control+x");
  assert.equal(await bob.text(), before);
  await page.keyboard.press("Control+f");
  await page.locator(".cm-search").waitFor();
  assert.equal(await page.locator('.cm-search [name="replace"]').count(), 0);
  await page.keyboard.press("Escape");
  await page.locator(".row").first().hover();
  assert.equal(await page.locator(".outline .more, .outline .add").count(), 0);
  await bob.says("View only · alice's project");
  // Tab does not indent here: it goes on, as everywhere else.
  await bob.editor.focus();
  await page.keyboard.press("Shift+Tab");
  assert.equal(await page.evaluate(() => document.activeElement?.closest(".cm-editor")), null);
  assert.deepEqual(complaints(bob), []);
});

test("a new name is on the other's screen at once", async (t) => {
  const { alice, bob } = await together(t);
  await alice.page.keyboard.press("Escape");
  await alice.page.locator(".bar").getByRole("button", { name: "Project default-project" }).click();
  const menu = alice.page.getByRole("dialog", { name: "Projects" });
  await menu.getByRole("link", { name: "default-project 2 people" }).hover();
  await menu.getByRole("button", { name: "default-project: what to do" }).click();
  await alice.page.getByRole("menuitem", { name: "Rename…" }).click();
  await alice.page.keyboard.type("Ripples");
  await alice.page.keyboard.press("Enter");
  await bob.page.locator(".bar").getByRole("button", { name: "Project Ripples" }).waitFor();
});

test("a change of role takes effect in the open page, both ways", async (t) => {
  const { alice, bob, share } = await together(t);
  await writable(bob).waitFor();
  await bob.editor.focus();
  await bob.page.keyboard.press("Control+End");
  await share.setRole("bob", "Viewer");
  await readOnly(bob).waitFor({ timeout: SOON });
  await bob.says("View only · alice's project");
  await share.setRole("bob", "Editor");
  await writable(bob).waitFor({ timeout: SOON });
  // The text has had the focus all the time, and the caret is where it was.
  await bob.page.keyboard.type("Again.");
  await bob.saved();
  assert.match(await bob.text(), /\nAgain\.$/);
  await alice.page.locator(".cm-line", { hasText: "Again." }).waitFor();
  assert.deepEqual([...complaints(alice), ...complaints(bob)], []);
});

/** Bob with words that cannot reach the server, when he becomes a viewer. */
async function caughtTyping(t) {
  const all = await together(t);
  const { bob } = all;
  let letThrough = false;
  let asked = 0;
  bob.page.on("request", (request) => (asked += request.method() === "PUT" ? 1 : 0));
  await bob.page.route("**/section/**", (route) =>
    route.request().method() === "PUT" && !letThrough ? route.abort() : route.continue(),
  );
  await bob.write("\nUnsent.");
  await bob.says("Offline");
  const goOn = () => (letThrough = true);
  return { ...all, goOn, saves: () => asked };
}

const UNSENT = "Not saved: you can only read this project now. Kept in this browser.";

test("words that were not saved in time are kept, copied, and sent when one may write again", async (t) => {
  const { alice, bob, share, goOn, saves } = await caughtTyping(t);
  await share.setRole("bob", "Viewer");
  await bob.says(UNSENT);
  const before = saves();
  await bob.page.keyboard.press("Control+s");
  const notice = bob.page.getByRole("region", { name: "Text that is not saved" });
  await bob.context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await notice.getByRole("button", { name: "Copy my text" }).click();
  await notice.getByRole("button", { name: "Copied" }).waitFor();
  assert.match(await bob.page.evaluate(() => navigator.clipboard.readText()), /Unsent\.$/);
  await bob.page.keyboard.press("Escape");
  await bob.reload();
  await bob.says(UNSENT);
  await bob.page.keyboard.press("Control+s");
  assert.match(await bob.text(), /Unsent\.$/);
  assert.equal(saves(), before, "nothing was tried that cannot work");
  goOn();
  await share.setRole("bob", "Editor");
  await bob.saved();
  await notice.waitFor({ state: "detached" });
  await alice.page.locator(".cm-line", { hasText: "Unsent." }).waitFor();
});

test("words that were not saved in time can be let go", async (t) => {
  const { bob, share } = await caughtTyping(t);
  await share.setRole("bob", "Viewer");
  const notice = bob.page.getByRole("region", { name: "Text that is not saved" });
  await notice.getByRole("button", { name: "Discard it" }).click();
  await notice.waitFor({ state: "detached" });
  await bob.says("View only · alice's project");
  assert.doesNotMatch(await bob.text(), /Unsent/);
  await bob.reload();
  assert.doesNotMatch(await bob.text(), /Unsent/);
});

/** Bob in Alice's project, in a network that lets no sockets through. */
async function withoutSockets(t) {
  const server = await serve(t);
  const alice = await member(t, server, "alice");
  const context = await person(t);
  await context.routeWebSocket(/\/live\//, (socket) => socket.close());
  const bob = await sitDown(context, server);
  await bob.signUp("bob");
  const share = new Share(alice);
  await share.add("bob");
  await share.row("bob").waitFor();
  await goTo(bob, /alice/);
  await bob.page.locator(".host").waitFor();
  await bob.ready();
  await writable(bob).waitFor();
  const { project_id: project } = await alice.session();
  const asked = () => bob.api("GET", `/writer/api/session/?project=${project}`);
  return { bob, share, asked };
}

test("without the live channel, the refused save tells of the new role", async (t) => {
  const { bob, share, asked } = await withoutSockets(t);
  await share.setRole("bob", "Viewer");
  await eventually("the role", async () => (await asked()).role === "viewer");
  await bob.write("\nToo late.");
  await bob.says(UNSENT);
  await readOnly(bob).waitFor();
});

test("without the live channel, the refused save tells that one is out", async (t) => {
  const { bob, share, asked } = await withoutSockets(t);
  await share.remove("bob");
  assert.equal((await asked()).status, 404);
  await bob.write("\nToo late.");
  await bob.says("Not saved: kept in this browser");
  const notice = bob.page.getByRole("alert");
  await notice.getByText(OUT).waitFor();
  await bob.page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await notice.getByRole("button", { name: "Copy my text" }).click();
  await notice.getByRole("button", { name: "Copied" }).waitFor();
  assert.match(await bob.page.evaluate(() => navigator.clipboard.readText()), /Too late\.$/);
});

test("removed: the page says so, and the words that were not sent are offered elsewhere", async (t) => {
  const { bob, share } = await caughtTyping(t);
  await share.remove("bob");
  const notice = bob.page.getByRole("alert");
  await notice.getByText(OUT).waitFor();
  await notice.getByText("What is not saved yet is kept in this browser.").waitFor();
  await bob.says("Not saved: kept in this browser");
  await readOnly(bob).waitFor();
  await notice.getByRole("button", { name: "Open the writer again" }).click();
  await bob.page.locator(".bar").getByRole("button", { name: "Project default-project" }).waitFor();
  const left = bob.page.getByRole("region", { name: "Text from an earlier visit" });
  await left.getByText("written as bob").waitFor();
  assert.equal(await bob.page.locator(".host").count(), 0);
  await left.getByRole("button", { name: "Throw it away" }).click();
  await left.waitFor({ state: "detached" });
});

test("a revoked link opens no door, and its visitors are out", async (t) => {
  const server = await serve(t);
  const alice = await member(t, server, "alice");
  const share = new Share(alice);
  const address = await share.link("Viewer");
  const visitor = new Desk(await (await person(t)).newPage(), server);
  await visitor.page.goto(address);
  await visitor.page.locator("#save-state", { hasText: "View only · alice's project" }).waitFor();
  await share.surface.getByRole("button", { name: "Revoke" }).click();
  const question = share.surface.getByRole("group", { name: "Revoke this link?" });
  await question.getByText("Nobody can join by it any more; visitors who came by it lose access.").waitFor();
  await question.getByRole("button", { name: "Revoke" }).click();
  await share.surface.locator(".link-row").waitFor({ state: "detached" });
  await visitor.page.getByRole("alert").getByText(OUT).waitFor();
  const late = await (await person(t)).newPage();
  const answer = await late.goto(address);
  assert.equal(answer?.status(), 404);
  await late.getByRole("heading").first().waitFor();
});

test("leaving: from the people, and from the project menu", async (t) => {
  const { alice, bob, share } = await together(t);
  await bob.write("\nLast words.");
  const theirs = new Share(bob);
  await theirs.open();
  assert.equal(await theirs.surface.getByRole("combobox").count(), 0, "others only look");
  await theirs.surface.getByRole("button", { name: "Leave…" }).click();
  await theirs.surface.getByText("What you wrote here stays with alice.").waitFor();
  await theirs.surface.getByRole("button", { name: "Leave", exact: true }).click();
  await bob.page.locator(".bar").getByRole("button", { name: "Project default-project" }).waitFor();
  await bob.page.waitForFunction(() => !document.querySelector(".host"));
  await bob.ready();
  await alice.page.locator(".cm-line", { hasText: "Last words." }).waitFor();

  await alice.reload();
  await share.add("bob", "Viewer");
  await share.row("bob").waitFor();
  await bob.page.locator(".bar").getByRole("button", { name: /^Project / }).click();
  const menu = bob.page.getByRole("dialog", { name: "Projects" });
  const row = menu.locator(".project-row", { hasText: "alice · viewer" });
  await row.getByRole("link").hover();
  await row.getByRole("button", { name: "default-project: what to do" }).click();
  await bob.page.getByRole("menuitem", { name: "Leave…" }).click();
  await menu.getByRole("button", { name: "Leave", exact: true }).click();
  await row.waitFor({ state: "detached" });
  assert.deepEqual(complaints(bob), []);
});

test("a viewer may take a copy along, and write in that", async (t) => {
  const { bob } = await together(t, "Viewer");
  await bob.page.locator(".bar").getByRole("button", { name: /^Project / }).click();
  const menu = bob.page.getByRole("dialog", { name: "Projects" });
  await menu.getByRole("link", { name: /alice/ }).hover();
  await menu.locator(".project-row", { hasText: "alice" }).getByRole("button").click();
  await bob.page.getByRole("menuitem", { name: "Duplicate" }).click();
  await menu.getByRole("link", { name: "default-project-copy" }).click();
  await bob.page.locator(".bar").getByRole("button", { name: "Project default-project-copy" }).waitFor();
  await bob.ready();
  await bob.write("\nMine now.");
  await bob.saved();
  assert.deepEqual(complaints(bob), []);
});

test("a visitor who owns a workspace may share it, and is told how long it is kept", async (t) => {
  const server = await serve(t);
  const bob = await member(t, server, "bob");
  const visitor = await sitDown(await person(t), server);
  const share = new Share(visitor);
  await share.add("bob");
  await share.row("bob").waitFor();
  await share.surface.getByText(/^This workspace is kept until .*\. Signing up keeps it/).waitFor();
  await goTo(bob, /visitor-/);
  await bob.page.locator(".host", { hasText: /visitor-\d+'s project/ }).waitFor();
  await bob.ready();
  await bob.write("\nFor a visitor.");
  await bob.saved();
  await visitor.page.locator(".cm-line", { hasText: "For a visitor." }).waitFor();
});

test("sharing by keyboard alone", async (t) => {
  const server = await serve(t);
  const alice = await member(t, server, "alice");
  await member(t, server, "bob");
  const share = new Share(alice);
  const { keyboard } = alice.page;
  const focused = () => alice.page.evaluate(() => document.activeElement?.getAttribute("aria-label"));
  await share.button.focus();
  await keyboard.press("Enter");
  await share.surface.waitFor();
  assert.equal(await focused(), "Add by username");
  await keyboard.type("bob");
  await keyboard.press("Tab");
  await keyboard.press("v");
  await keyboard.press("Tab");
  await keyboard.press("Enter");
  await share.row("bob").waitFor();
  assert.equal(await share.row("bob").getByRole("combobox").inputValue(), "viewer");
  assert.equal(await focused(), "Add by username");
  for (const _ of [1, 2, 3]) await keyboard.press("Tab");
  assert.equal(await focused(), "Role of bob");
  await keyboard.press("Tab");
  await keyboard.press("Enter");
  await share.row("bob").getByRole("group", { name: "Remove bob?" }).waitFor();
  await keyboard.press("Escape");
  assert.ok(await share.surface.isVisible(), "Escape took back the question only");
  await keyboard.press("Enter");
  await keyboard.press("Shift+Tab");
  await keyboard.press("Enter");
  await share.row("bob").waitFor({ state: "detached" });
  await share.surface.getByRole("button", { name: "New link" }).focus();
  await keyboard.press("Enter");
  await share.surface.getByLabel("Address of the new link").waitFor();
  assert.equal(await focused(), "Address of the new link");
  await keyboard.press("Escape");
  await share.surface.waitFor({ state: "detached" });
  assert.equal(await alice.page.evaluate(() => document.activeElement?.textContent), "Share");
  assert.deepEqual(complaints(alice), []);
});

for (const size of ["desk", "phone", "tiny"]) {
  for (const dark of [false, true]) {
    const look = `${size}-${dark ? "dark" : "light"}`;
    test(`sharing looks well, ${look}`, async (t) => {
      const server = await serve(t);
      const bob = await member(t, server, "bob", { size, dark });
      const alice = await member(t, server, "alice", { size, dark });
      const share = new Share(alice);
      await share.add("bob", "Viewer");
      await share.row("bob").waitFor();
      const address = await share.link("Editor", "30 days");
      await check(alice.page, `share-${look}`);
      if (size === "phone") assert.deepEqual(await smallTargets(alice.page), []);
      await share.surface.getByRole("button", { name: "Revoke" }).click();
      await check(alice.page, `share-revoke-${look}`);
      const { project_id: project } = await alice.session();
      await bob.page.goto(`${server.url}/writer/project/${project}/`);
      await bob.page.locator("#save-state", { hasText: "View only" }).waitFor();
      await check(bob.page, `viewer-${look}`);
      const visitor = new Desk(await (await person(t, { size, dark })).newPage(), server);
      await visitor.page.goto(address);
      await visitor.ready();
      await visitor.page.locator(".host").waitFor();
      await check(visitor.page, `guest-${look}`);
      if (size === "phone") assert.deepEqual(await smallTargets(visitor.page), []);
      await new Share(visitor).open();
      await check(visitor.page, `guest-people-${look}`);
      await share.setRole("bob", "Editor");
    });
  }
}
