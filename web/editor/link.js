// Links that hold a scenario: `#1.` and its texts, deflated, as base64url. What is behind the `#` is never sent to a server.

const VERSION = "1.";

const through = async (bytes, stream) => new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(stream)).arrayBuffer());

async function pack(workload, cluster) {
  const text = JSON.stringify({ w: workload, c: cluster });
  const bytes = await through(new TextEncoder().encode(text), new CompressionStream("deflate-raw"));
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return VERSION + btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** The texts of a fragment; `null` if it holds none. */
async function unpack(fragment) {
  try {
    if (!fragment.startsWith(VERSION)) return null;
    const binary = atob(fragment.slice(VERSION.length).replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = await through(Uint8Array.from(binary, (sign) => sign.charCodeAt(0)), new DecompressionStream("deflate-raw"));
    const { w, c } = JSON.parse(new TextDecoder().decode(bytes));
    return typeof w === "string" && typeof c === "string" ? [w, c] : null;
  } catch {
    return null;
  }
}

/** Tells the page around this frame how high it would like to be. */
function postHeight() {
  const lanes = document.querySelector(".lanes");
  const rest = 400 - 120;
  const height = Math.min(900, Math.max(400, rest + (lanes?.scrollHeight ?? 0)));
  globalThis.parent?.postMessage({ type: "podlapse", height }, "*");
}

globalThis.podlapseLink = { pack, unpack, postHeight };
