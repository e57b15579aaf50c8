// The npm package in Node.

const assert = require("node:assert/strict");
const { join } = require("node:path");
const { test } = require("node:test");

const { Session } = require(join(process.env.PODLAPSE_PACKAGE, "podlapse.js"));

const pod = JSON.stringify({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web" },
  spec: { containers: [{ name: "app", image: "nginx" }] },
});

test("a Pod runs and can be looked at from any instant", () => {
  const session = new Session(pod);
  assert.equal(session.advance().done, true);
  session.seek(60);
  assert.equal(session.rows().at(-1).cells[2], "Running");
  assert.equal(session.object("Pod", "web").status.phase, "Running");
  const events = session.events().map(({ reason }) => reason);
  for (const reason of ["Scheduled", "Pulling", "Pulled", "Created", "Started"]) assert.ok(events.includes(reason), reason);
  session.seek(0);
  assert.notEqual(session.object("Pod", "web")?.status?.phase, "Running");
  assert.match(session.digest(), /^[0-9a-f]{16}$/);
  assert.ok(session.trace().watch.length > 3);
  session.free();
});

test("an error says where", () => {
  assert.throws(() => new Session("apiVersion: v1\nkind: Pod\nspec: [\n"), (error) => {
    assert.ok(error instanceof Error);
    assert.equal(error.name, "PodlapseError");
    assert.equal(error.code, "invalid-scenario");
    assert.ok(error.diagnostics.some(({ severity, line }) => severity === "error" && 0 < line));
    return true;
  });
});
