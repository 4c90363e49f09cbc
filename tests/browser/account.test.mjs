/** Signing up keeps the page and the words in it; logging in offers to bring them along. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { closeBrowser, person, sitDown } from "./browser.mjs";
import { serve } from "./server.mjs";

after(closeBrowser);

const ABSTRACT = "manuscript/abstract";

test("signing up in the page carries the work over and changes nothing else", async (t) => {
  const server = await serve(t);
  const desk = await sitDown(await person(t), server);
  await desk.write("\nBefore.");
  const { page } = desk;
  const url = page.url();
  const { project_id: project } = await desk.session();
  // Held back on its way, so that there is a "during" to type in.
  let release = () => {};
  const held = new Promise((go) => (release = go));
  await page.route("**/auth/signup/", async (route) => {
    await held;
    await route.continue();
  });
  const form = await desk.fillSignUp("alice");
  await form.getByRole("button", { name: "Sign up" }).click();
  await form.getByRole("button", { name: "Signing up…" }).waitFor();
  await desk.write(" During.");
  release();
  await page.getByRole("button", { name: "Account of alice" }).waitFor();
  await page.keyboard.type(" After.");
  await desk.saved();
  assert.match(await desk.text(), /Before\. During\. After\.$/);
  assert.equal(page.url(), url);
  assert.equal(await page.locator("#lease").count(), 0);
  const now = await desk.session();
  assert.deepEqual(
    [now.username, now.kind, now.project_id, now.lease],
    ["alice", "member", project, null],
  );
  await server.onDisk("alice", ABSTRACT, "Before. During. After.");
  assert.doesNotMatch((await server.file("visitor-001", ABSTRACT)) ?? "", /Before/);
  assert.deepEqual(desk.console.filter((line) => !line.startsWith("log: ")), []);
});

test("a name that is taken is said beside the field, and the words stay in it", async (t) => {
  const server = await serve(t);
  await (await sitDown(await person(t), server)).signUp("alice");
  const desk = await sitDown(await person(t), server);
  const form = await desk.fillSignUp("alice");
  await form.getByRole("button", { name: "Sign up" }).click();
  const name = form.getByLabel("Name");
  await form.getByRole("alert").waitFor();
  assert.equal(await name.getAttribute("aria-invalid"), "true");
  assert.equal(await name.inputValue(), "alice");
  const error = await name.getAttribute("aria-describedby");
  assert.match((await form.locator(`#${error}`).textContent()) ?? "", /somebody has this name/i);
  await name.fill("bob");
  await form.getByRole("button", { name: "Sign up" }).click();
  await desk.page.getByRole("button", { name: "Account of bob" }).waitFor();
});

test("the sign-up form can be used and left by keyboard alone", async (t) => {
  const server = await serve(t);
  const desk = await sitDown(await person(t), server);
  const { keyboard } = desk.page;
  await desk.page.locator("#lease a").focus();
  await keyboard.press("Enter");
  const form = desk.page.getByRole("dialog", { name: "Sign up" });
  await form.waitFor();
  await keyboard.press("Escape");
  await form.waitFor({ state: "detached" });
  await desk.page.locator("#lease a").focus();
  await keyboard.press("Enter");
  await keyboard.type("carol");
  await keyboard.press("Tab");
  await keyboard.type("long enough");
  await keyboard.press("Enter");
  await desk.page.getByRole("button", { name: "Account of carol" }).waitFor();
});

test("logging out and in again finds the work", async (t) => {
  const server = await serve(t);
  const desk = await sitDown(await person(t), server);
  await desk.write("\nMine.");
  await desk.signUp("alice");
  const { page } = desk;
  await page.getByRole("button", { name: "Account of alice" }).click();
  await page.getByRole("menuitem", { name: "Log out" }).click();
  await page.waitForURL(/\/auth\/login\//);
  await page.getByLabel("Name").fill("alice");
  await page.getByLabel("Password").fill("long enough");
  await page.getByRole("button", { name: "Log in" }).click();
  await desk.ready();
  assert.match(await desk.text(), /Mine\.$/);
  assert.equal((await desk.session()).username, "alice");
});

test("logging in as a visitor brings along what was written, unsaved words included", async (t) => {
  const server = await serve(t);
  await (await sitDown(await person(t), server)).signUp("alice");
  const desk = await sitDown(await person(t), server);
  const visitor = (await desk.session()).username;
  await desk.write("\nA visitor's idea.");
  const { page } = desk;
  // At once, within the second before the pause would have saved it.
  await page.locator(".bar").getByRole("link", { name: "Log in" }).click();
  await page.waitForURL(/\/auth\/login\//);
  const bring = page.getByLabel(`Bring along what I wrote as ${visitor}`);
  assert.ok(await bring.isChecked());
  await page.getByLabel("Name").fill("alice");
  await page.getByLabel("Password").fill("long enough");
  await page.getByRole("button", { name: "Log in" }).click();
  await desk.ready();
  await server.onDisk("alice", ABSTRACT, "A visitor's idea.", "default-project-2");
});

test("another tab's sign-up is noticed when this one is looked at again", async (t) => {
  const server = await serve(t);
  const context = await person(t);
  const desk = await sitDown(context, server);
  const other = await sitDown(context, server);
  await other.signUp("alice");
  await desk.write("\nStill going.");
  await desk.saved();
  assert.match((await desk.stored(ABSTRACT)).content, /Still going\.$/);
  await desk.page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await desk.page.getByRole("button", { name: "Account of alice" }).waitFor();
});

test("a second tab notices with its next save that the visitor has signed up in the first", async (t) => {
  const server = await serve(t);
  const context = await person(t);
  const one = await sitDown(context, server);
  const two = await sitDown(context, server);
  await two.open("manuscript/methods");
  await two.ready();
  await one.signUp("erin");
  // Side by side: the second is only typed in, never hidden and looked at again.
  await two.write("\nFrom the second tab.");
  await two.page.getByRole("button", { name: "Account of erin" }).waitFor();
  assert.equal(await two.page.locator("#lease").count(), 0);
  await two.saved();
});

test("a sign-up whose answer got lost is noticed, and ends well", async (t) => {
  const server = await serve(t);
  const desk = await sitDown(await person(t), server);
  await desk.page.route("**/auth/signup/", async (route) => {
    await route.fetch(); // its cookies do arrive
    await route.abort("connectionreset");
  });
  const form = await desk.fillSignUp("frank");
  await form.getByRole("button", { name: "Sign up" }).click();
  await desk.page.getByRole("button", { name: "Account of frank" }).waitFor();
  await form.waitFor({ state: "detached" });
  await desk.write("\nAs frank.");
  await desk.saved();
});

test("a sign-up lost with its cookies says what may have happened", async (t) => {
  const server = await serve(t);
  const desk = await sitDown(await person(t), server);
  await desk.page.route("**/auth/signup/", async (route) => {
    const request = route.request();
    const headers = await request.allHeaders();
    await fetch(request.url(), { method: "POST", headers, body: request.postData() });
    await route.abort("connectionreset");
  });
  const form = await desk.fillSignUp("gina");
  await form.getByRole("button", { name: "Sign up" }).click();
  await form.getByText("The server does not answer.").waitFor();
  await desk.page.unroute("**/auth/signup/");
  await form.getByRole("button", { name: "Sign up" }).click();
  await form.getByText("If that was you a moment ago: log in").waitFor();
});
