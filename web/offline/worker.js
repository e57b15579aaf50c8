// Keeps the whole site in the browser, so that it opens without a network. `FILES` and `EDITION` stand above this when the site is built.
/* global EDITION, FILES */

const HOME = new URL("./", location.href);

addEventListener("install", (event) => {
  const keep = async () => {
    await (await caches.open(EDITION)).addAll(FILES);
    await skipWaiting();
  };
  event.waitUntil(keep());
});

addEventListener("activate", (event) => {
  const takeOver = async () => {
    const old = (await caches.keys()).filter((name) => name.startsWith("podlapse-") && name !== EDITION);
    await Promise.all(old.map((name) => caches.delete(name)));
    await clients.claim();
  };
  event.waitUntil(takeOver());
});

// The page itself comes from the network while there is one, so that a new edition is seen at once; it names its files by their content.
async function answer(request) {
  const kept = async () => (await caches.open(EDITION)).match(request, { ignoreSearch: true });
  if (request.mode !== "navigate") return (await kept()) ?? fetch(request);
  try {
    return await fetch(request);
  } catch (error) {
    const page = await kept();
    if (page) return page;
    throw error;
  }
}

addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  if (method === "GET" && url.startsWith(HOME.href)) event.respondWith(answer(event.request));
});
