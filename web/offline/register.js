// Asks the browser to keep the site. A frame remembers nothing, and one in a sandbox has no origin to keep anything for.

const isPage = globalThis.top === globalThis && globalThis.origin !== "null";

if (isPage && globalThis.isSecureContext && "serviceWorker" in navigator) {
  const policy = globalThis.trustedTypes?.createPolicy("podlapse", { createScriptURL: (url) => url });
  const worker = new URL("./offline.js", document.baseURI).href;
  // Without it the page works as well, only not without a network.
  navigator.serviceWorker.register(policy?.createScriptURL(worker) ?? worker).catch(() => {});
}
