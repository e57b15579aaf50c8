// A real Chromium for the tests of the served page, and a page that remembers what must not happen.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

// The packages are those of web/package.json, from wherever this file lies.
const require = createRequire(new URL("../../web/package.json", import.meta.url));
const { chromium } = require("playwright-core");
const axe = require.resolve("axe-core/axe.min.js");

/** Where `cargo xtask test e2e` serves the built site. */
export const ADDRESS = process.env.PODLAPSE_URL ?? "http://127.0.0.1:8080/";

/** Waits longer than a loaded machine of two cores needs. */
export const PATIENCE = 20_000;

/** Starts Chromium with a profile of its own; `close` removes both. The site is kept for use without a network only where that is asked for. */
export async function launch({ keeps = false } = {}) {
  const profile = await mkdtemp(join(tmpdir(), "podlapse-e2e-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    headless: true,
    viewport: { width: 1440, height: 900 },
    locale: "en-US",
    reducedMotion: "reduce",
    serviceWorkers: keeps ? "allow" : "block",
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
  });
  context.setDefaultTimeout(PATIENCE);
  return {
    context,
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

/**
 * Opens the playground in a new page at `query` (as in `?lang=zh`) and waits until the first run is shown. `check` fails on errors in
 * the console, on exceptions, and on any request to another origin.
 */
export async function open(context, { query = "", viewport } = {}) {
  const page = await context.newPage();
  if (viewport) await page.setViewportSize(viewport);
  const troubles = [];
  const origin = new URL(ADDRESS).origin;
  page.on("console", (message) => {
    if (message.type() === "error") troubles.push(`console: ${message.text()}`);
  });
  page.on("pageerror", (error) => troubles.push(`exception: ${error.message}`));
  page.on("requestfailed", (request) => troubles.push(`failed request: ${request.url()} ${request.failure()?.errorText}`));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (!["data:", "blob:"].includes(url.protocol) && url.origin !== origin) troubles.push(`request elsewhere: ${url}`);
  });
  await page.addInitScript({ path: axe });
  await page.goto(new URL(query, ADDRESS).href);
  return { page, check: () => assert.deepEqual(troubles, []) };
}

/** What axe-core finds that is serious or worse, as short lines. */
export async function seriousViolations(page) {
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(" ")}: ${node.failureSummary.split("\n")[1]?.trim()}`));
}

/** How far the page reaches beyond its window, in CSS pixels. */
export function overflow(page) {
  return page.evaluate(() => ({
    right: document.documentElement.scrollWidth - window.innerWidth,
    bottom: document.documentElement.scrollHeight - window.innerHeight,
  }));
}
