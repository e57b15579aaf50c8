// <pod-lapse ex="crash-loop" t="33.6" view="events" lang="en" theme="dark"></pod-lapse>
// A frame with the playground, for pages that load this file. The manifest may stand in the element instead of `ex`:
// <pod-lapse><script type="text/yaml">apiVersion: v1 ...</script></pod-lapse>

const HOME = new URL("./", import.meta.url);
const NAMES = ["ex", "t", "view", "lang", "theme"];

async function fragment(workload) {
  const text = new TextEncoder().encode(JSON.stringify({ w: workload, c: "" }));
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return `#1.${btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`;
}

class PodLapse extends HTMLElement {
  static observedAttributes = NAMES;
  #frame;
  #heard = ({ source, data }) => {
    if (source !== this.#frame?.contentWindow || data?.type !== "podlapse") return;
    if (Number.isFinite(data.height)) this.#frame.height = String(Math.min(900, Math.max(240, data.height)));
    // A course page can listen for this to know whether its task is done.
    if (data.expectations?.length) this.dispatchEvent(new CustomEvent("podlapse-result", { detail: data.expectations, bubbles: true }));
  };

  connectedCallback() {
    globalThis.addEventListener("message", this.#heard);
    this.#show();
  }

  disconnectedCallback() {
    globalThis.removeEventListener("message", this.#heard);
  }

  attributeChangedCallback() {
    if (this.#frame) this.#show();
  }

  async #show() {
    const address = new URL(HOME);
    address.searchParams.set("mode", "embed");
    for (const name of NAMES) if (this.hasAttribute(name)) address.searchParams.set(name, this.getAttribute(name));
    const text = this.querySelector('script[type="text/yaml"]')?.textContent.trim();
    if (text) address.hash = await fragment(text);
    if (!this.#frame) {
      this.#frame = document.createElement("iframe");
      Object.assign(this.#frame, { width: "100%", height: "400", title: "Podlapse", loading: "lazy" });
      this.#frame.setAttribute("sandbox", "allow-scripts allow-popups");
      this.#frame.style.border = "0";
      this.append(this.#frame);
    }
    this.#frame.src = address.href;
  }
}

customElements.define("pod-lapse", PodLapse);
