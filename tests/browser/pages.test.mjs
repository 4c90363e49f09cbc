/** The pages around the desk work without JavaScript. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { closeBrowser, person, sitDown } from "./browser.mjs";
import { serve } from "./server.mjs";

after(closeBrowser);

/** A person who has switched scripts off. */
async function plain(t, server) {
  const page = await (await person(t, { scripts: false })).newPage();
  const go = (path) => page.goto(server.url + path);
  const submit = async (username, password, button) => {
    await page.getByLabel("Name").fill(username);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: button }).click();
  };
  return { page, go, submit };
}

test("sign up, log out and log in", async (t) => {
  const server = await serve(t);
  const { page, go, submit } = await plain(t, server);
  await go("/auth/signup/");
  await submit("alice", "long enough", "Sign up");
  await page.waitForURL(/\/writer\//);
  await page.locator("noscript .instead", { hasText: "it needs JavaScript" }).waitFor();
  await go("/auth/logout/");
  await page.getByRole("button", { name: "Log out" }).click();
  await page.waitForURL(/\/auth\/login\//);
  await submit("alice", "not the one", "Log in");
  const error = page.getByRole("alert");
  await error.waitFor();
  for (const field of ["Name", "Password"]) {
    const described = await page.getByLabel(field).getAttribute("aria-describedby");
    assert.equal(described, await error.getAttribute("id"));
  }
  assert.equal(await page.getByLabel("Name").inputValue(), "alice");
  await submit("alice", "long enough", "Log in");
  await page.waitForURL(/\/writer\//);
});

test("an error is tied to the field it is about", async (t) => {
  const server = await serve(t);
  await (await sitDown(await person(t), server)).signUp("alice");
  const { page, go, submit } = await plain(t, server);
  await go("/auth/signup/");
  await submit("alice", "long enough", "Sign up");
  const name = page.getByLabel("Name");
  assert.equal(await name.getAttribute("aria-invalid"), "true");
  assert.match((await name.getAttribute("aria-describedby")) ?? "", /username-error/);
  assert.equal(await page.getByLabel("Password").getAttribute("aria-invalid"), null);
});

test("a page that is not there says what to do next", async (t) => {
  const server = await serve(t);
  const { page, go } = await plain(t, server);
  const answer = await go("/nowhere/");
  assert.equal(answer?.status(), 404);
  assert.ok(await page.getByRole("heading", { level: 1 }).textContent());
  await page.locator(".actions a").click();
  await page.waitForURL(/\/writer\//);
});

test("a project one may not see is a page that says so", async (t) => {
  const server = await serve(t);
  const first = await sitDown(await person(t), server);
  const { project_id: project } = await first.session();
  const { page, go } = await plain(t, server);
  assert.equal((await go(`/writer/project/${project}/`))?.status(), 404);
  await page.getByRole("heading", { level: 1 }).waitFor();
});

test("without any pool, visitors are asked to log in", async (t) => {
  const server = await serve(t, { pool: 0 });
  const { page, go } = await plain(t, server);
  await go("/writer/");
  assert.match(page.url(), /\/auth\/login\/\?next=\/writer\//);
});
