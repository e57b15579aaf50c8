// What a visitor does with the playground, in a real browser.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { ADDRESS, launch, open, overflow, seriousViolations } from "./browser.mjs";

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

const id = (page, name) => page.getByTestId(name);

/** Opens the page and waits for its first run. */
async function ready(options) {
  const opened = await open(browser.context, options);
  await state(opened.page, "ready");
  return opened;
}

/** Waits until the page is in a state: `ready`, `stale`. */
const state = (page, name) => page.locator(`[data-testid=playground][data-state=${name}]`).waitFor();

/** The shown instant in nanoseconds. */
const instant = async (page) => BigInt(await id(page, "time").getAttribute("data-ns"));

/** Waits until what a function reads of the page passes a check. */
async function eventually(read, check, what) {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const value = await read();
    if (check(value)) return value;
    if (deadline < Date.now()) assert.fail(`${what}; last seen: ${String(value).slice(0, 500)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Replaces the text of an editor, as by typing. */
async function write(page, editor, text) {
  await id(page, editor).locator(".cm-content").click();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.insertText(text);
}

const POD = `apiVersion: v1
kind: Pod
metadata:
  name: typed-by-hand
spec:
  containers:
    - name: app
      image: nginx
`;

/** A link as version 1 makes it. It must be read for ever. */
const LINK = "#1.LcoxCsMwDEbhqwjN7dBVp-jUSYuwRRDBv0VsmkDp3QtpxvfxPryzsGW8fBvRIfR-KNZAFXr2qmg-rdo0URDBmgutnlMx0suJpWNawLdxJtH9-izzD0TRbHEhLIFDwTcuLMzfHw";

/** Forgets what earlier tests left in the browser. */
async function forget(page) {
  await page.evaluate(() => localStorage.clear());
  await page.close();
}

test("the first visit shows an example that has run", async () => {
  const { page, check } = await ready();
  assert.ok(0 < (await id(page, "watch-row").count()), "rows of kubectl get pods -w");
  assert.ok(await id(page, "timeline").isVisible());
  assert.notEqual((await id(page, "why").innerText()).trim(), "");
  check();
  await forget(page);
});

test("the keyboard steps forwards and backwards", async () => {
  const { page, check } = await ready();
  await page.locator("body").press("Home");
  const start = await instant(page);
  await page.locator("body").press("End");
  const end = await eventually(() => instant(page), (now) => start < now, "End goes to the end");
  await page.locator("body").press("ArrowLeft");
  const before = await eventually(() => instant(page), (now) => now < end, "the left arrow steps back");
  await page.locator("body").press("ArrowRight");
  await eventually(() => instant(page), (now) => before < now, "the right arrow steps forward");
  await page.locator("body").press("Home");
  await eventually(() => instant(page), (now) => now === start, "Home goes to the beginning");
  check();
  await forget(page);
});

test("the buttons step too, and the rows are those of the instant", async () => {
  const { page, check } = await ready();
  await page.locator("body").press("End");
  const all = await id(page, "watch-row").count();
  await page.locator("body").press("Home");
  await eventually(() => id(page, "watch-row").count(), (rows) => rows < all, "fewer rows at the beginning");
  const start = await instant(page);
  for (let step = 0; step < 5; step += 1) await id(page, "step-forward").click();
  await eventually(() => instant(page), (now) => start < now, "stepping forward moves time");
  check();
  await forget(page);
});

test("every example runs without a problem", async () => {
  const { page, check } = await ready();
  const examples = await id(page, "example").locator("option").evaluateAll((all) => all.map((one) => one.value));
  assert.ok(10 <= examples.length, `examples: ${examples}`);
  for (const example of examples.filter(Boolean)) {
    await id(page, "example").selectOption(example);
    await state(page, "ready");
    assert.equal(await id(page, "problem").count(), 0, example);
    await page.locator("body").press("End");
    await eventually(() => id(page, "watch-row").count(), (rows) => 0 < rows, `${example} has rows`);
  }
  check();
  await forget(page);
});

test("a Pod that is typed is run", async () => {
  const { page, check } = await ready();
  await write(page, "editor-pod", POD);
  const rows = () => id(page, "watch-row").allInnerTexts();
  await eventually(rows, (texts) => texts.some((text) => text.includes("typed-by-hand")), "a row of the new Pod");
  check();
  await forget(page);
});

test("what a cluster printed runs on from there", async () => {
  const { page, check } = await ready();
  const node = `{apiVersion: v1, kind: Node, metadata: {name: worker, uid: "uid-1"}, status: {allocatable: {cpu: "2", memory: 4Gi, pods: "110"}}}`;
  const running = `{running: {startedAt: "2026-05-01T09:30:01Z"}}`;
  const status = `{name: app, ready: true, restartCount: 4, image: nginx, imageID: nginx, containerID: "containerd://c", state: ${running}}`;
  const pod = `{apiVersion: v1, kind: Pod, metadata: {name: printed, namespace: default, uid: "uid-2"}, spec: {nodeName: worker, containers: [{name: app, image: nginx}]}, status: {phase: Running, containerStatuses: [${status}]}}`;
  await write(page, "editor-pod", `apiVersion: v1\nkind: List\nitems:\n- ${node}\n- ${pod}\n`);
  const rows = () => id(page, "watch-row").allInnerTexts();
  await eventually(rows, (texts) => texts.some((text) => /printed\s+1\/1\s+Running\s+4/.test(text)), "the Pod as it was printed");
  check();
  await forget(page);
});

test("an error is shown at its line, and the last good run stays", async () => {
  const { page, check } = await ready();
  const rows = await id(page, "watch-row").count();
  await write(page, "editor-pod", POD.replace("containers:", "containerz:"));
  await state(page, "stale");
  const lines = await id(page, "problem").evaluateAll((all) => all.map((problem) => problem.dataset.line));
  assert.ok(lines.includes("6"), `lines of problems: ${lines}`);
  assert.equal(await id(page, "watch-row").count(), rows, "the run before is still there");
  await write(page, "editor-pod", POD);
  await state(page, "ready");
  assert.equal(await id(page, "problem").count(), 0);
  check();
  await forget(page);
});

test("a misspelt field is mended by the button beside its problem", async () => {
  const { page, check } = await ready();
  await write(page, "editor-pod", POD.replace("containers:", "contianers:"));
  await state(page, "stale");
  await id(page, "problem-fix").first().click();
  await state(page, "ready");
  assert.equal(await id(page, "problem").count(), 0);
  assert.match(await id(page, "editor-pod").locator(".cm-content").innerText(), /^\s+containers:/m);
  check();
  await forget(page);
});

test("what would fix a stuck Pod is tried, shown with its lines, and made by a button", async () => {
  const { page, check } = await ready({ query: "?ex=task-probe" });
  await id(page, "advice-ask").click();
  const fix = id(page, "fix").first();
  await fix.waitFor();
  assert.equal(await fix.locator("del").innerText(), "httpGet: {path: /, port: 8080}");
  assert.equal(await fix.locator("ins").innerText(), "httpGet: {path: /, port: 80}");
  assert.deepEqual(await seriousViolations(page), []);
  await fix.getByTestId("fix-apply").click();
  await eventually(() => id(page, "advice").count(), (count) => count === 0, "nothing is stuck any more");
  assert.doesNotMatch(await id(page, "editor-pod").locator(".cm-content").innerText(), /8080/);
  check();
  await forget(page);
});

test("a slider writes a number of the probe into the text, and the run follows", async () => {
  const { page, check } = await ready({ query: "?ex=liveness-exec" });
  const before = await id(page, "editor-pod").locator(".cm-content").innerText();
  await id(page, "tuning").locator("summary").click();
  const slider = id(page, "tune-failureThreshold").first();
  await slider.focus();
  await slider.press("Home");
  await eventually(() => slider.inputValue(), (value) => value === "1", "the least that the slider gives");
  const text = () => id(page, "editor-pod").locator(".cm-content").innerText();
  const after = await eventually(text, (now) => now.includes("failureThreshold: 1"), "the number in the text");
  assert.notEqual(after, before);
  await state(page, "ready");
  await page.locator("body").press("End");
  const restarts = () => id(page, "watch-row").allInnerTexts();
  await eventually(restarts, (rows) => 0 < rows.length, "rows of the new run");
  check();
  await forget(page);
});

test("a task is done once its manifest is mended", async () => {
  const { page, check } = await ready({ query: "?ex=task-image" });
  await id(page, "expectation-fails").waitFor();
  const text = await id(page, "editor-pod").locator(".cm-content").innerText();
  await write(page, "editor-pod", text.replace("ngnix", "nginx"));
  await id(page, "expectation-holds").click();
  assert.ok((await instant(page)) < 30_000_000_000n, "a click goes to the instant at which the Pod became ready");
  check();
  await forget(page);
});

test("an empty editor is a problem, not a crash", async () => {
  const { page, check } = await ready();
  await write(page, "editor-pod", "");
  await page.keyboard.press("Delete");
  await state(page, "stale");
  assert.ok(0 < (await id(page, "problem").count()));
  check();
  await forget(page);
});

test("what was typed is there after a reload", async () => {
  const { page, check } = await ready();
  await write(page, "editor-pod", POD);
  const rows = () => id(page, "watch-row").allInnerTexts();
  await eventually(rows, (texts) => texts.some((text) => text.includes("typed-by-hand")), "a row of the new Pod");
  await page.reload();
  await state(page, "ready");
  assert.match(await id(page, "editor-pod").locator(".cm-content").innerText(), /typed-by-hand/);
  check();
  await forget(page);
});

test("a Pod that is selected on its node is selected everywhere", async () => {
  const { page, check } = await ready({ query: "?ex=requests-limits&view=cluster" });
  await page.locator("body").press("End");
  await id(page, "pod-box").first().click();
  assert.match(await id(page, "selection").innerText(), /frontend/);
  assert.match(await id(page, "node-detail").innerText(), /cpu/);
  await id(page, "view-watch").click();
  assert.ok(await id(page, "watch-row").first().evaluate((row) => row.classList.contains("selected")));
  check();
  await forget(page);
});

test("the scheduler's table says why no node will do", async () => {
  const { page, check } = await ready({ query: "?ex=too-little-cpu&view=scheduler" });
  const rows = await id(page, "scheduler-node").allInnerTexts();
  assert.equal(rows.length, 2);
  for (const row of rows) assert.match(row, /NodeResourcesFit/);
  assert.match(await id(page, "scheduler-queue").innerText(), /hungry/);
  check();
  await forget(page);
});

test("logs are those of the instant", async () => {
  const { page, check } = await ready({ query: "?ex=crash-loop&view=logs" });
  await page.locator("body").press("End");
  await eventually(() => id(page, "log-line").count(), (lines) => 2 <= lines, "lines at the end");
  await page.locator("body").press("Home");
  await eventually(() => id(page, "log-line").count(), (lines) => lines === 0, "no line at the beginning");
  check();
  await forget(page);
});

test("kubectl answers at the shown instant within a frame, completes and remembers", async () => {
  const { page, check } = await ready();
  await page.locator("body").press("/");
  await page.keyboard.type("kubectl get po cr");
  await page.keyboard.press("Tab");
  assert.equal(await id(page, "prompt").inputValue(), "kubectl get po crash ");
  await page.keyboard.type("--no-headers | wc -l");
  await page.keyboard.press("Enter");
  await eventually(() => id(page, "prompt-entry").allInnerTexts(), ([text]) => /wc -l\s+1/.test(text ?? ""), "the answer");
  await page.keyboard.press("ArrowUp");
  assert.match(await id(page, "prompt").inputValue(), /wc -l$/);
  const took = await page.evaluate(() => {
    const input = document.querySelector("[data-testid=prompt]");
    const times = [];
    for (let round = 0; round < 9; round += 1) {
      input.value = "kubectl describe pod crash";
      const start = performance.now();
      input.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
      times.push(performance.now() - start);
    }
    return times.sort((one, other) => one - other)[4];
  });
  assert.ok(took < 100, `a round trip took ${took} ms`);
  check();
  await forget(page);
});

test("a line that changes the run waits, forks it, and can be undone", async () => {
  const { page, check } = await ready();
  const before = await instant(page);
  await id(page, "prompt").fill("kubectl delete pod crash");
  await id(page, "prompt").press("Enter");
  await id(page, "prompt-pending").waitFor();
  await id(page, "prompt-confirm").click();
  await id(page, "forked").waitFor();
  await eventually(() => instant(page), (now) => before < now, "the prompt comes back later");
  await page.locator("body").press("End");
  await id(page, "view-object").click();
  await id(page, "forked").getByRole("button").click();
  await eventually(() => id(page, "forked").count(), (count) => count === 0, "the original run is back");
  check();
  await forget(page);
});

test("a reason of the glossary opens an example at the moment of it", async () => {
  const { page, check } = await ready();
  await id(page, "open-glossary").click();
  await id(page, "glossary").getByRole("searchbox").fill("CreateContainerConfigError");
  await eventually(() => id(page, "term").count(), (terms) => terms === 1, "one reason is found");
  await id(page, "term").click();
  await state(page, "ready");
  await eventually(() => id(page, "watch-row").allInnerTexts(), (rows) => rows.some((row) => row.includes("CreateContainerConfigError")), "its row");
  check();
  await forget(page);
});

test("a link holds texts of one's own, and opens them at the shown instant", async () => {
  const { page, check } = await ready();
  await write(page, "editor-pod", POD);
  const rows = () => id(page, "watch-row").allInnerTexts();
  await eventually(rows, (texts) => texts.some((text) => text.includes("typed-by-hand")), "a row of the new Pod");
  await page.locator("body").press("Escape");
  await id(page, "share").click();
  const link = () => id(page, "share-link").inputValue();
  const address = await eventually(link, (text) => /#1\.[\w-]{40,}$/.test(text), "a link with the texts");
  check();
  await forget(page);
  const linked = await ready({ query: new URL(address).search + new URL(address).hash });
  await eventually(() => id(linked.page, "watch-row").allInnerTexts(), (texts) => texts.some((text) => text.includes("typed-by-hand")), "the Pod of the link");
  linked.check();
  await forget(linked.page);
});

test("a link to a changed run carries the change out again", async () => {
  const { page, check } = await ready();
  await id(page, "prompt").fill("kubectl delete pod crash");
  await id(page, "prompt").press("Enter");
  await id(page, "prompt-confirm").click();
  await id(page, "forked").waitFor();
  await id(page, "share").click();
  const link = () => id(page, "share-link").inputValue();
  const address = await eventually(link, (text) => /#1\.[\w-]{40,}$/.test(text), "a link with the change");
  const at = await instant(page);
  check();
  await forget(page);
  const linked = await open(browser.context, { query: new URL(address).search + new URL(address).hash });
  await id(linked.page, "forked").waitFor();
  await eventually(() => instant(linked.page), (now) => now === at, "the same instant");
  linked.check();
  await forget(linked.page);
});

test("links of version 1 go on working", async () => {
  const { page, check } = await ready({ query: `?lang=en${LINK}` });
  assert.match(await id(page, "editor-pod").locator(".cm-content").innerText(), /name: kept/);
  check();
  await forget(page);
});

test("a link that cannot be read says so and shows an example", async () => {
  const { page, check } = await ready({ query: "?lang=en#1.nonsense" });
  assert.match(await page.locator(".notice").innerText(), /cannot be read/);
  check();
  await forget(page);
});

test("a link to an example that does not exist says so until another one is chosen", async () => {
  const { page, check } = await ready({ query: "?lang=en&ex=nowhere" });
  assert.match(await page.locator(".notice").innerText(), /does not exist/);
  await id(page, "example").selectOption("nginx");
  await state(page, "ready");
  assert.equal(await page.locator(".notice").count(), 0);
  check();
  await forget(page);
});

test("the row of stages says how long the shown Pod was in each", async () => {
  const { page, check } = await ready({ query: "?lang=en&ex=too-little-cpu&t=90" });
  const active = page.locator(".pipeline [aria-current=step]");
  assert.match(await active.innerText(), /Schedule\s+1m30s/);
  assert.equal(await page.locator(".pipeline button:disabled").count(), 5);
  check();
  await forget(page);
});

test("after a reload with broken texts they are there, and the last good run too", async () => {
  const { page, check } = await ready();
  await write(page, "editor-pod", POD);
  const rows = () => id(page, "watch-row").allInnerTexts();
  await eventually(rows, (texts) => texts.some((text) => text.includes("typed-by-hand")), "a row of the new Pod");
  await write(page, "editor-pod", POD.replace("containers:", "containerz:"));
  await state(page, "stale");
  await page.reload();
  await state(page, "stale");
  assert.match(await id(page, "editor-pod").locator(".cm-content").innerText(), /containerz/);
  await eventually(rows, (texts) => texts.some((text) => text.includes("typed-by-hand")), "the last good run");
  check();
  await forget(page);
});

test("the back button returns to the example before", async () => {
  const { page, check } = await ready({ query: "?ex=nginx" });
  await page.waitForTimeout(400);
  await id(page, "example").selectOption("crash-loop");
  await state(page, "ready");
  await eventually(() => page.url(), (url) => url.includes("ex=crash-loop"), "the address of the example");
  await page.goBack();
  await eventually(() => id(page, "example").inputValue(), (example) => example === "nginx", "the example before");
  check();
  await forget(page);
});

test("the page opens without a network from its second visit on", async () => {
  const keeping = await launch({ keeps: true });
  const { page, check } = await open(keeping.context);
  await state(page, "ready");
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await keeping.context.setOffline(true);
  await page.goto(new URL("?ex=nginx&view=events", ADDRESS).href);
  await state(page, "ready");
  assert.ok(0 < (await id(page, "event-row").count()), "events of a run that was computed without a network");
  check();
  await keeping.close();
});

test("a frame in a sandbox runs, and tells its height and what came of its task", async () => {
  const page = await browser.context.newPage();
  const course = new URL("course.html", ADDRESS).href;
  await page.route(course, (route) => route.fulfill({ contentType: "text/html", body: "<!doctype html><title>course</title>" }));
  await page.goto(course);
  const told = await page.evaluate(
    (address) =>
      new Promise((resolve, reject) => {
        addEventListener("message", ({ data }) => data?.type === "podlapse" && resolve(data));
        setTimeout(() => reject(new Error("the frame says nothing")), 15_000);
        const frame = document.createElement("iframe");
        frame.setAttribute("sandbox", "allow-scripts");
        frame.src = address;
        document.body.append(frame);
      }),
    new URL("?mode=embed&ex=task-image", ADDRESS).href,
  );
  assert.ok(240 <= told.height && told.height <= 900, `height ${told.height}`);
  assert.deepEqual(told.expectations.map(({ holds }) => holds), [false]);
  await page.close();
});

test("a course page embeds an example, and a manifest of its own, by an element", async () => {
  const page = await browser.context.newPage();
  const own = `<pod-lapse view="watch"><script type="text/yaml">${POD}</script></pod-lapse>`;
  const body = `<script type="module" src="./pod-lapse.js"></script><pod-lapse ex="crash-loop" lang="zh"></pod-lapse>${own}`;
  const course = new URL("course.html", ADDRESS).href;
  await page.route(course, (route) => route.fulfill({ contentType: "text/html", body }));
  await page.goto(course);
  const frames = page.locator("pod-lapse iframe");
  await eventually(() => frames.count(), (count) => count === 2, "a frame for each element");
  await frames.nth(1).scrollIntoViewIfNeeded();
  const inside = (index) => page.frameLocator("pod-lapse iframe").nth(index);
  for (const index of [0, 1]) await inside(index).locator("[data-testid=playground][data-state=ready][data-mode=embed]").waitFor();
  assert.equal(await inside(0).locator("html").getAttribute("lang"), "zh-CN");
  const rows = () => inside(1).getByTestId("watch-row").allInnerTexts();
  await eventually(rows, (texts) => texts.some((text) => text.includes("typed-by-hand")), "rows of the manifest in the element");
  await page.close();
});

test("the language is switched, and can be linked", async () => {
  const { page, check } = await ready();
  const step = () => id(page, "step-forward").evaluate((button) => button.getAttribute("aria-label") ?? button.textContent);
  const english = await step();
  await id(page, "language").click();
  await eventually(step, (text) => text !== english && /\p{Script=Han}/u.test(text), "Chinese names of buttons");
  check();
  await forget(page);
  const linked = await ready({ query: "?lang=zh" });
  assert.equal(await linked.page.evaluate(() => document.documentElement.lang.slice(0, 2)), "zh");
  linked.check();
  await forget(linked.page);
});

for (const theme of ["light", "dark"]) {
  test(`axe-core finds no serious violation (${theme})`, async () => {
    const { page, check } = await ready({ query: `?theme=${theme}` });
    assert.deepEqual(await seriousViolations(page), []);
    check();
    await forget(page);
  });
}

test("an embed of 600 by 400 has no overflow", async () => {
  const { page, check } = await ready({ query: "?mode=embed", viewport: { width: 600, height: 400 } });
  const beyond = await overflow(page);
  assert.ok(beyond.right <= 0 && beyond.bottom <= 0, JSON.stringify(beyond));
  check();
  await forget(page);
});

for (const view of ["cluster", "scheduler", "logs", "object"]) {
  test(`the ${view} view has no serious violation and fits a phone and an embed`, async () => {
    const { page, check } = await ready({ query: `?ex=requests-limits&view=${view}` });
    assert.deepEqual(await seriousViolations(page), []);
    for (const viewport of [{ width: 390, height: 844 }, { width: 360, height: 640 }, { width: 600, height: 400 }]) {
      await page.setViewportSize(viewport);
      assert.ok((await overflow(page)).right <= 0, `${view} at ${viewport.width}`);
    }
    check();
    await forget(page);
  });
}

test("a phone of 390 pixels has no overflow to the side", async () => {
  const { page, check } = await ready({ viewport: { width: 390, height: 844 }, query: "?ex=readiness" });
  assert.ok((await overflow(page)).right <= 0);
  const lit = await page.locator(".pipeline [aria-current=step]").boundingBox();
  assert.ok(lit.x >= 0 && lit.x + lit.width <= 390, "the lit stage is in sight");
  check();
  await forget(page);
});
