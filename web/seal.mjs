// What is done to a release build before Trunk publishes it: its one inline script becomes a file, the page says what it may load
// (a Content-Security-Policy without inline scripts), and the worker that keeps the site for use without a network learns its files.

import { createHash } from "node:crypto";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

// Styles may be inline: the editor makes its own, and lengths are attributes.
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types podlapse",
].join("; ");

const INLINE = /<script type="module">([\s\S]*?)<\/script>/;

const digest = (content) => createHash("sha256").update(content).digest("hex").slice(0, 16);

function seal(folder) {
  const file = join(folder, "index.html");
  const page = readFileSync(file, "utf8");
  const script = INLINE.exec(page)?.[1];
  if (script === undefined) throw new Error("the page has no inline script: has Trunk changed?");
  const start = `start-${digest(script)}.js`;
  writeFileSync(join(folder, start), script.trim() + "\n");
  const sealed = page
    .replace(INLINE, `<script type="module" src="./${start}"></script>`)
    .replace("<head>", `<head>\n    <meta http-equiv="Content-Security-Policy" content="${POLICY}" />`);
  writeFileSync(file, sealed);

  const files = readdirSync(folder).filter((name) => name !== "index.html").sort();
  const edition = `podlapse-${digest([sealed, ...files].join("\n"))}`;
  const worker = readFileSync(new URL("./offline/worker.js", import.meta.url), "utf8");
  const known = `const EDITION = ${JSON.stringify(edition)};\nconst FILES = ${JSON.stringify(["./", ...files.map((name) => `./${name}`)])};\n\n`;
  writeFileSync(join(folder, "offline.js"), known + worker);
}

if (process.env.TRUNK_PROFILE === "release") seal(process.env.TRUNK_STAGING_DIR);
