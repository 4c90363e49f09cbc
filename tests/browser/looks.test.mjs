/** How it looks, on all screens, light and dark; see `axe.mjs`. `desk.png` is the README's. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { check, OUT, smallTargets } from "./axe.mjs";
import { closeBrowser, person, SIZES, sitDown } from "./browser.mjs";
import { repository, serve } from "./server.mjs";
import { noSockets, team } from "./team.mjs";

after(closeBrowser);

const LOOKS = Object.keys(SIZES).flatMap((size) => [false, true].map((dark) => ({ size, dark })));
const nameOf = ({ size, dark }) => `${size}-${dark ? "dark" : "light"}`;

/** The example paper, in the project of whoever sits at the desk. */
async function furnish(desk) {
  const { project_id: project } = await desk.session();
  const sections = {};
  const root = join(repository, "examples/manuscript/sections");
  for (const document of readdirSync(root)) {
    for (const file of readdirSync(join(root, document))) {
      const id = `${document}/${file.replace(/\.tex$/, "")}`;
      sections[id] = readFileSync(join(root, document, file), "utf8");
    }
  }
  const path = `/writer/api/project/${project}/save-sections/`;
  const answer = await desk.api("POST", path, { sections });
  assert.equal(answer.status, 200, JSON.stringify(answer));
}

for (const look of LOOKS) {
  test(`the desk, ${nameOf(look)}`, async (t) => {
    const server = await serve(t);
    const context = await person(t, look);
    await context.addInitScript(noSockets); // for the conflict: nobody tells the page in time
    const desk = await sitDown(context, server);
    await furnish(desk);
    await desk.reload();
    const { page } = desk;
    const name = nameOf(look);
    await page.locator(".cm-line").nth(2).click();
    await check(page, `desk-${name}`);
    await page.keyboard.press("Control+k");
    await page.getByRole("combobox", { name: "Section" }).waitFor();
    await check(page, `chooser-${name}`);
    await page.keyboard.press("Escape");
    await page.locator(".bar").getByRole("link", { name: "Sign up" }).click();
    await page.getByRole("dialog", { name: "Sign up" }).waitFor();
    await check(page, `sign-up-${name}`);
    await page.keyboard.press("Escape");
    if (look.size !== "desk") {
      await page.getByRole("button", { name: "Outline", exact: true }).click();
      await check(page, `outline-${name}`);
    }
    await page.getByRole("link", { name: "Introduction" }).first().hover();
    await page.getByRole("button", { name: "Introduction: what to do" }).first().click();
    await page.getByRole("menu").waitFor();
    await check(page, `menu-${name}`);
    await page.keyboard.press("Escape");
    if (look.size !== "desk") await page.getByRole("button", { name: "Text", exact: true }).click();
    await desk.elsewhere("manuscript/abstract", (text) => text.replace("Sharp-wave", "SHARP"));
    await desk.editor.focus();
    await page.keyboard.press("Control+Home");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.type("Blunt");
    await page.locator(".notice").waitFor();
    await check(page, `conflict-${name}`);
  });

  test(`the pages around it, ${nameOf(look)}`, async (t) => {
    const server = await serve(t, { pool: 1 });
    const context = await person(t, look);
    const page = await context.newPage();
    const name = nameOf(look);
    const desk = await sitDown(context, server);
    await desk.write("x");
    await desk.saved();
    for (const [what, path] of [
      ["log-in", "/auth/login/"],
      ["sign-up-page", "/auth/signup/"],
      ["not-found", "/nowhere/"],
    ]) {
      await page.goto(server.url + path);
      await check(page, `${what}-${name}`);
    }
    const stranger = await (await person(t, look)).newPage();
    await stranger.goto(`${server.url}/writer/`);
    await check(stranger, `full-${name}`);
    await stranger.goto(`${server.url}/auth/login/`);
    await stranger.getByLabel("Name").fill("nobody");
    await stranger.getByLabel("Password").fill("not the one");
    await stranger.getByRole("button", { name: "Log in" }).click();
    await stranger.getByRole("alert").waitFor();
    await check(stranger, `log-in-error-${name}`);
    await desk.signUp("alice");
    await page.goto(`${server.url}/auth/logout/`);
    await check(page, `log-out-${name}`);
  });
}

test("targets are large enough for a thumb", async (t) => {
  const server = await serve(t);
  const { page } = await sitDown(await person(t, { size: "phone" }), server);
  assert.deepEqual(await smallTargets(page), []);
  await page.getByRole("button", { name: "Outline", exact: true }).click();
  assert.deepEqual(await smallTargets(page), []);
});

test("light and dark are remembered", async (t) => {
  const server = await serve(t);
  const desk = await sitDown(await person(t), server);
  const { page } = desk;
  const paper = () => page.evaluate(() => getComputedStyle(document.querySelector(".text")).backgroundColor);
  const light = await paper();
  await page.getByRole("button", { name: "Appearance" }).click();
  await page.getByRole("menuitemradio", { name: "Dark" }).click();
  assert.notEqual(await paper(), light);
  await desk.reload();
  assert.notEqual(await paper(), light);
});

test("the picture for the README", async (t) => {
  const at = { alice: "manuscript/results", bob: "manuscript/abstract", visitor: "manuscript/methods" };
  const { alice, bob } = await team(t, ["alice", "bob", "visitor"], { at });
  await furnish(alice);
  await alice.api("PATCH", `/writer/api/project/${alice.project}/`, { name: "Ripples and memory load" });
  await alice.reload();
  await alice.people.are(3);
  await bob.editor.focus();
  await bob.page.keyboard.press("Control+End");
  await bob.page.keyboard.type("% Is 4,996 still right?");
  await bob.saved();
  await alice.page.locator(".cm-line").nth(3).click({ position: { x: 320, y: 10 } });
  await alice.page.mouse.move(1200, 700);
  await alice.page.screenshot({ path: join(OUT, "desk.png") });
});
