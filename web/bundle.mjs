// Bundles the editor into one module and the styles into one sheet, which Trunk copies.

import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

await build({
  entryPoints: { editor: here("editor/editor.js"), style: here("style/index.css") },
  outdir: here("generated"),
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  logLevel: "warning",
});
