/**
 * Bundles the page: `node build.mjs OUTDIR`.
 *
 * Writes OUTDIR/assets/NAME-HASH.EXT (with .br and .gz beside what is worth compressing) and
 * OUTDIR/manifest.json, which maps plain names to hashed ones. Same input, same output.
 */
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const outdir = process.argv[2];
if (!outdir) {
  console.error("usage: node build.mjs OUTDIR");
  process.exit(2);
}

/** What the browsers of the last two years or so understand. */
const target = ["chrome123", "edge123", "firefox125", "safari17.5"];

/** Plain name → source. */
const entries = {
  "main.js": { entry: "src/main.tsx", format: "esm" },
  "theme.js": { entry: "src/theme-boot.ts", format: "iife" },
  "main.css": { entry: "src/styles/main.css" },
  "pages.css": { entry: "src/styles/pages.css" },
};

async function bundle({ entry, format }) {
  const { outputFiles } = await build({
    absWorkingDir: here,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format,
    target,
    jsx: "automatic",
    jsxImportSource: "preact",
    legalComments: "none",
    charset: "utf8",
    logLevel: "warning",
  });
  return Buffer.from(outputFiles[0].contents);
}

/** Smaller files gain nothing: they fit one packet either way. */
const WORTH_COMPRESSING = 1024;

async function emit(name, contents) {
  const hash = createHash("sha256").update(contents).digest("hex").slice(0, 10);
  const path = `assets/${name.replace(/(\.[a-z]+)$/, `-${hash}$1`)}`;
  const file = join(outdir, path);
  await writeFile(file, contents);
  if (contents.length > WORTH_COMPRESSING) {
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11 };
    await writeFile(`${file}.br`, brotliCompressSync(contents, { params }));
    await writeFile(`${file}.gz`, gzipSync(contents, { level: 9 }));
  }
  return path;
}

await rm(join(outdir, "assets"), { recursive: true, force: true });
await mkdir(join(outdir, "assets"), { recursive: true });
const manifest = {};
for (const [name, source] of Object.entries(entries)) {
  manifest[name] = await emit(name, await bundle(source));
}
manifest["favicon.svg"] = await emit("favicon.svg", await readFile(join(here, "src/favicon.svg")));
await writeFile(join(outdir, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
