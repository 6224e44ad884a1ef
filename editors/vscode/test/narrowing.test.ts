import assert from "node:assert/strict";
import { test } from "node:test";
import { chosen, type Inspected, told } from "../src/narrowing.ts";

const BOTH: Inspected = { globalValue: "mine", workspaceValue: "theirs" };

test("a default is not told: the user's own file would lose against it", () => {
  assert.deepEqual(
    told([{ key: "model", scope: "machine" }], () => ({}), true),
    {},
  );
});
test("a workspace may set what concerns it alone", () => {
  assert.equal(chosen(BOTH, "window", true), "theirs");
  assert.equal(chosen({ ...BOTH, workspaceFolderValue: "nearest" }, "window", true), "nearest");
});
test("a workspace cannot name models, programs or servers, nor anything without trust", () => {
  assert.equal(chosen(BOTH, "machine", true), "mine");
  assert.equal(chosen({ workspaceValue: "theirs" }, "machine", true), undefined);
  assert.equal(chosen(BOTH, "window", false), "mine");
});
test("nested keys, false and 0 are values, our own section stays here", () => {
  const held: Record<string, Inspected> = {
    "completion.enabled": { globalValue: false },
    "completion.debounceMs": { globalValue: 0 },
    "endpoint.url": { globalValue: "http://127.0.0.1:1", workspaceValue: "http://evil" },
    "server.path": { globalValue: "/x" },
    model: { globalValue: "m" },
  };
  const all = [
    { key: "completion.enabled", scope: "window" },
    { key: "completion.debounceMs", scope: "window" },
    { key: "endpoint.url", scope: "machine" },
    { key: "server.path", scope: "machine" },
    { key: "model", scope: "machine" },
  ];
  assert.deepEqual(
    told(all, (key) => held[key], true),
    {
      completion: { enabled: false, debounceMs: 0 },
      endpoint: { url: "http://127.0.0.1:1" },
      model: "m",
    },
  );
});
