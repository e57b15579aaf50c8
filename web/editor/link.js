// Links that hold a scenario: `#1.` and its texts, with the lines that changed its run, deflated, as base64url. What is behind the `#` is never sent to a server.

const VERSION = "1.";

const through = async (bytes, stream) => new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());

/** `typed` holds instants in nanoseconds and lines, by turns. */
async function pack(workload, cluster, typed) {
  const text = JSON.stringify({ w: workload, c: cluster, k: 0 < typed.length ? typed : undefined });
  const bytes = await through(new TextEncoder().encode(text), new CompressionStream("deflate-raw"));
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return VERSION + btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The texts of a fragment, then what was typed; `null` if it holds none. */
async function unpack(fragment) {
  try {
    if (!fragment.startsWith(VERSION)) return null;
    const binary = atob(fragment.slice(VERSION.length).replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = await through(Uint8Array.from(binary, (sign) => sign.charCodeAt(0)), new DecompressionStream("deflate-raw"));
    const { w, c, k = [] } = JSON.parse(new TextDecoder().decode(bytes));
    const found = [w, c, ...k];
    return found.every((text) => typeof text === "string") ? found : null;
  } catch {
    return null;
  }
}

/** Tells the page around this frame how high it would like to be, and what came of each expectation. */
function postRun(verdicts) {
  const lanes = document.querySelector(".lanes");
  const rest = 400 - 120;
  const height = Math.min(900, Math.max(400, rest + (lanes?.scrollHeight ?? 0)));
  const expectations = verdicts.map(([sentence, holds, at, status]) => ({ sentence, holds, at, status }));
  globalThis.parent?.postMessage({ type: "podlapse", height, expectations }, "*");
}

globalThis.podlapseLink = { pack, unpack, postRun };
