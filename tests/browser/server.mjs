/**
 * The real binary on a data directory of its own: `SCITEX_WRITER_BIN`, or the release or debug
 * build of this repository.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const repository = resolve(dirname(fileURLToPath(import.meta.url)), "../..");

function binary() {
  const named = process.env.SCITEX_WRITER_BIN;
  if (named) return resolve(named);
  const built = ["release", "debug"].map((kind) => join(repository, "target", kind, "scitex-writer"));
  const found = built.find(existsSync);
  if (!found) throw new Error("no binary: build one, or name one in SCITEX_WRITER_BIN");
  return found;
}

/** Milliseconds to wait for something that must happen. */
export const LIMIT = 30_000;

/** Waits until `look` gives something true; for what announces itself by no event, like a file. */
export async function eventually(what, look) {
  const end = Date.now() + LIMIT;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((go) => setTimeout(go, 10));
  }
}

/** Starts a server for one test, which also ends it. */
export async function serve(t, { pool = 4 } = {}) {
  const data = await mkdtemp(join(tmpdir(), "scitex-writer-browser-"));
  const server = new Server(data, pool);
  t.after(async () => {
    await server.kill();
    await rm(data, { recursive: true, force: true });
  });
  await server.start("127.0.0.1:0");
  return server;
}

class Server {
  #child = null;
  #ended = null;
  log = "";

  constructor(data, pool) {
    this.data = data;
    this.pool = pool;
    this.offset = join(data, "clock-offset");
  }

  /** Resolves when the socket listens. */
  async start(listen) {
    const args = ["serve", "--data", this.data, "--listen", listen, "--pool-size", String(this.pool)];
    args.push("--clock-offset-file", this.offset, "--attempts-per-minute", "10000");
    this.#child = spawn(binary(), args, { stdio: ["ignore", "pipe", "pipe"] });
    this.#ended = new Promise((ended) => this.#child.once("exit", ended));
    this.#child.stderr.on("data", (chunk) => (this.log += chunk));
    const url = await new Promise((found, failed) => {
      createInterface({ input: this.#child.stdout }).on("line", (line) => {
        const match = /listening on (http:\/\/\S+?)\/?$/.exec(line);
        if (match) found(match[1]);
      });
      this.#ended.then(() => failed(new Error(`the server ended at once:\n${this.log}`)));
    });
    this.url = url;
  }

  /** As a power cut would. */
  async kill() {
    this.#child?.kill("SIGKILL");
    await this.#ended;
  }

  /** After `kill`: on the same data and at the same address. */
  restart() {
    return this.start(new URL(this.url).host);
  }

  /** Shifts the server's clock. */
  async later(seconds) {
    await writeFile(this.offset, String(seconds));
  }

  /** Where a section's file is. */
  path(owner, section, project = "default-project") {
    return join(this.data, owner, project, "scitex/writer/sections", `${section}.tex`);
  }

  /** The file, byte for byte; `null` if there is none. */
  async file(owner, section, project) {
    return readFile(this.path(owner, section, project), "utf8").catch(() => null);
  }

  /** Waits until the file has `part` in it. The file follows the answer within half a second. */
  async onDisk(owner, section, part, project) {
    await eventually(`${JSON.stringify(part)} in ${section} of ${owner}`, async () =>
      (await this.file(owner, section, project))?.includes(part),
    );
  }
}
