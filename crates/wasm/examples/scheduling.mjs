// Pods scheduled in a second in WebAssembly under Node, on the large cases, with every node filtered and scored. From the root:
//
//   cargo build --release --target wasm32-unknown-unknown -p podlapse-wasm --example scheduling
//   wasm-bindgen --target nodejs --out-dir target/scheduling target/wasm32-unknown-unknown/release/examples/scheduling.wasm
//   node crates/wasm/examples/scheduling.mjs

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { gunzipSync } from "node:zlib";

const { Bench } = createRequire(import.meta.url)("../../../target/scheduling/scheduling.js");
const folder = new URL("../../../tests/data/conformance/scheduling/", import.meta.url);

for (const name of ["large-basic-1", "large-spread-2", "large-affinity-3", "large-tight-4"]) {
  const bench = new Bench(gunzipSync(readFileSync(new URL(`${name}.yaml.gz`, folder))).toString());
  const began = performance.now();
  const tried = bench.run();
  const seconds = (performance.now() - began) / 1000;
  console.log(`${name}: ${tried} Pods in ${seconds.toFixed(3)} s, ${(tried / seconds).toFixed(0)} Pods/s`);
}
