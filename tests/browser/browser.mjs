/** Chromium, and a page with the desk on it, in the words of someone who sits at it. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { eventually, LIMIT } from "./server.mjs";

/** In the page: whether one of its drafts has these lines, whatever ends them. */
function isKept(text) {
  const lines = (written) => written.split(/\r\n?|\n/).join("\n");
  return new Promise((tell, fail) => {
    const opening = indexedDB.open("scitex-writer");
    opening.onerror = () => fail(opening.error);
    opening.onsuccess = () => {
      const drafts = opening.result.transaction("drafts").objectStore("drafts").getAll();
      drafts.onsuccess = () => tell(drafts.result.some(({ content }) => lines(content) === lines(text)));
      drafts.onerror = () => fail(drafts.error);
    };
  });
}

/** Never without reason: as root there is no sandbox, and nothing may call home. */
export const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const EXECUTABLE = process.env.CHROMIUM ?? "/usr/bin/chromium";

let launched = null;

/** One browser for a file's tests; every visitor is a context of their own. */
export function browser() {
  launched ??= chromium.launch({
    executablePath: EXECUTABLE,
    args: ARGS,
  });
  return launched;
}

/** For `after`: without it the test process would not end. */
export async function closeBrowser() {
  await (await launched)?.close();
  launched = null;
}

export const SIZES = {
  desk: { width: 1440, height: 900 },
  phone: { width: 390, height: 844 },
  tiny: { width: 360, height: 640 },
};

/** A person with a browser: cookies, storage, a screen. */
export async function person(t, { size = "desk", dark = false, scripts = true } = {}) {
  const context = await (await browser()).newContext({
    viewport: SIZES[size],
    colorScheme: dark ? "dark" : "light",
    hasTouch: size !== "desk",
    isMobile: size !== "desk",
    javaScriptEnabled: scripts,
    locale: "en-GB",
  });
  context.setDefaultTimeout(LIMIT);
  t.after(() => context.close());
  await substituteBundle(context);
  return context;
}

/**
 * `WEB_DIST=dir` (what `node build.mjs dir` in `web/` wrote) tries a new bundle with a binary that
 * was built earlier: its assets are answered from there, by name.
 */
async function substituteBundle(context) {
  const dist = process.env.WEB_DIST;
  if (!dist) return;
  const manifest = JSON.parse(readFileSync(join(dist, "manifest.json"), "utf8"));
  await context.route("**/assets/*", (route) => {
    const [, stem, extension] = /assets\/(.*)-\w+\.(\w+)$/.exec(route.request().url()) ?? [];
    const path = join(dist, manifest[`${stem}.${extension}`] ?? "");
    return existsSync(path) && stem ? route.fulfill({ path }) : route.continue();
  });
}

/** Opens the writer and waits for a text to be there. */
export async function sitDown(context, server, path = "/writer/") {
  const desk = new Desk(await context.newPage(), server);
  await desk.go(path);
  return desk;
}

export class Desk {
  /** What the console said: `type: text`. */
  console = [];

  constructor(page, server) {
    this.page = page;
    this.server = server;
    page.on("console", (message) => this.console.push(`${message.type()}: ${message.text()}`));
    page.on("pageerror", (error) => this.console.push(`pageerror: ${error.stack}`));
  }

  get editor() {
    return this.page.locator(".cm-content");
  }

  async go(path) {
    await this.page.goto(this.server.url + path);
    await this.ready();
  }

  /** The text of the section in the address is on screen. */
  async ready() {
    await this.page.waitForFunction(() => {
      const shown = document.querySelector(".desk")?.getAttribute("data-section");
      return shown && location.hash === `#${shown}`;
    });
  }

  async reload() {
    await this.page.reload();
    await this.ready();
  }

  /** Types at the end of the text. */
  async write(text) {
    await this.ready();
    await this.editor.focus();
    await this.page.keyboard.press("Control+End");
    await this.page.keyboard.type(text);
  }

  /** Opens a section by its place in the outline. */
  async open(section) {
    await this.page.locator(`.outline a[href="#${section}"]`).click();
  }

  /** The text on screen, as lines. (Short texts only: a long one is not drawn whole.) */
  async text() {
    return (await this.page.locator(".cm-line").allTextContents()).join("\n");
  }

  /** Waits until the status line says this. */
  async says(words) {
    await this.page.locator("#save-state", { hasText: words }).waitFor();
  }

  saved() {
    return this.says("Saved on disk");
  }

  /** Waits until this browser keeps the text on screen, and closes the tab. */
  async leave() {
    const text = await this.text();
    await eventually("a draft of the text", () => this.page.evaluate(isKept, text));
    await this.page.close();
  }

  async position() {
    return this.page.locator("#cursor-position").textContent();
  }

  /** Calls the server as this page, past the page's own code. */
  api(method, path, body) {
    return this.page.evaluate(
      async ({ method, path, body }) => {
        const token = /csrftoken=([^;]*)/.exec(document.cookie)?.[1] ?? "";
        const response = await fetch(path, {
          method,
          headers: { "Content-Type": "application/json", "X-CSRFToken": token },
          ...(body ? { body: JSON.stringify(body) } : {}),
        });
        return { status: response.status, ...(await response.json()) };
      },
      { method, path, body },
    );
  }

  async session() {
    return this.api("GET", "/writer/api/session/");
  }

  /** What the server has for a section. */
  async stored(section) {
    const { project_id: project } = await this.session();
    return this.api("GET", `/writer/api/project/${project}/section/${section}/`);
  }

  /** Another hand's change, saved over HTTP without this page knowing. */
  async elsewhere(section, change) {
    const { project_id: project } = await this.session();
    const path = `/writer/api/project/${project}/section/${section}/`;
    const { content, version } = await this.api("GET", path);
    const answer = await this.api("PUT", path, { content: change(content), version });
    assert.equal(answer.status, 200, JSON.stringify(answer));
    return answer;
  }

  /** Signs up in the page's own form, up to pressing the button. */
  async fillSignUp(username, password = "long enough") {
    await this.page.locator(".bar").getByRole("link", { name: "Sign up" }).click();
    const form = this.page.getByRole("dialog", { name: "Sign up" });
    await form.getByLabel("Name").fill(username);
    await form.getByLabel("Password", { exact: true }).fill(password);
    return form;
  }

  async signUp(username, password) {
    const form = await this.fillSignUp(username, password);
    await form.getByRole("button", { name: "Sign up" }).click();
    await this.page.getByRole("button", { name: `Account of ${username}` }).waitFor();
  }
}
