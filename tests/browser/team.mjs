/** Several people in one project, each with a browser context of their own. */
import assert from "node:assert/strict";
import { person, sitDown } from "./browser.mjs";
import { eventually, serve } from "./server.mjs";

/** Every random wait is the shortest: nothing here tests chance. */
const noChance = () => {
  Math.random = () => 0;
};

/** As behind a proxy that lets no socket through; then nobody tells the page what others save. */
export const noSockets = () => {
  window.WebSocket = class {
    constructor() {
      throw new DOMException("Sockets are blocked here.", "SecurityError");
    }
  };
};

/**
 * The first owns the project, the others join by a link, all as editors; `visitor…` has no account.
 * `sockets: false` blocks them for everybody; `at` says where each begins; `look` is for `person`.
 */
export async function team(t, names, { sockets = true, at = {}, look = {}, server: given } = {}) {
  const server = given ?? (await serve(t, { pool: names.length }));
  const desks = {};
  let path = "/writer/";
  for (const name of names) {
    const context = await person(t, look[name] ?? {});
    await context.addInitScript(noChance);
    if (!sockets) await context.addInitScript(noSockets);
    const desk = await comeIn(context, server, name, path, at[name]);
    if (path === "/writer/") path = await invitation(desk);
    desks[name] = desk;
  }
  return { server, path, ...desks };
}

/** Somebody comes into a project by a link, or at `/writer/` into their own. */
export async function comeIn(context, server, name, path, section = "manuscript/abstract") {
  const desk = await sitDown(context, server);
  if (!name.startsWith("visitor")) {
    const account = { username: name, password: "long enough" };
    const answer = await desk.api("POST", "/auth/signup/", account);
    assert.ok(answer.success, JSON.stringify(answer));
  }
  await desk.go(`${path}#${section}`);
  // What a page says on its way out of one session into another is not what is looked at here.
  desk.console.length = 0;
  desk.project = Number(/project\/(\d+)/.exec(desk.page.url())?.[1] ?? (await desk.session()).project_id);
  return Object.assign(desk, { context, people: new People(desk.page) });
}

/** A link by which others can join. */
export async function invitation(desk, role = "editor") {
  const answer = await desk.api("POST", `/writer/api/project/${desk.project}/links/`, { role });
  assert.equal(answer.status, 201, JSON.stringify(answer));
  return answer.path;
}

/** What the console said besides the page's own lines. */
export const complaints = (desk) => desk.console.filter((line) => !line.startsWith("log: "));

/** The others, as the page shows them. */
class People {
  constructor(page) {
    this.page = page;
    this.badge = page.locator("#presence-badge");
    this.surface = page.getByRole("dialog", { name: "Who is here" });
    this.warning = page.getByRole("region", { name: "Somebody is in this section" });
    this.arrival = page.getByRole("region", { name: "Somebody has come" });
    this.stack = page.getByRole("list", { name: "Others who are here" }).getByRole("button");
  }

  /** Waits until so many are here, oneself included. */
  async are(count) {
    let found = 0;
    await eventually(`${count} people here`, async () => (found = await this.count()) === count).catch((problem) => {
      throw new Error(`${problem.message}; there were ${found}`);
    });
  }

  async count() {
    if (await this.badge.isHidden()) return 1;
    return Number(/^📝 (\d+)$/.exec(((await this.badge.textContent()) ?? "").trim())?.[1]);
  }

  /** The list behind the badge, as it is read: `• alice (Abstract)`. */
  async lines() {
    await this.badge.hover();
    await this.surface.waitFor();
    const lines = await this.surface.locator(".online-name").allTextContents();
    await this.page.mouse.move(700, 600);
    await this.surface.waitFor({ state: "detached" });
    return lines;
  }

  /** Waits until the list has this line. */
  async say(line) {
    let lines = [];
    await eventually(line, async () => (lines = await this.lines()).includes(line)).catch((problem) => {
      throw new Error(`${problem.message}; there were ${JSON.stringify(lines)}`);
    });
  }

  /** Who is said to be in a section of the outline. */
  async inOutline(section) {
    const here = this.page.locator(`.outline a[href="#${section}"] .here`);
    return (await here.count()) === 0 ? "" : here.getAttribute("title");
  }
}
