import assert from "node:assert/strict";
import { test } from "node:test";
import { judge, progressOf, pythons, withPip, withUv } from "../src/pythons.ts";

test("what a Python answers", () => {
  assert.equal(judge("3.11 1\n"), "good");
  assert.equal(judge("3.14 1"), "good");
  assert.equal(judge("4.0 1"), "good");
  assert.equal(judge("3.10 1\n"), "too-old");
  assert.equal(judge("2.7 0"), "too-old");
  assert.equal(judge("3.12 0\n"), "no-pip");
  assert.equal(judge("Python was not found; run without arguments to install"), "not-python");
});
test("a setting is the only Python; else environments come first", () => {
  assert.deepEqual(pythons("/x/python", ["/v"], false), [{ program: "/x/python", args: [] }]);
  assert.equal(pythons("", ["/v"], false)[0]?.program, "/v/bin/python");
  assert.ok(pythons("", [], true).some((each) => each.program === "py"));
  assert.ok(pythons("", [], false).some((each) => each.program === "python3.11"));
});
test("mirrors: the setting, else what pip and uv are configured with", () => {
  const pip = withPip({ program: "py", args: ["-3"] }, "/e", "/w.whl", "https://mirror/simple", false);
  assert.deepEqual(pip[0], { program: "py", args: ["-3", "-m", "venv", "/e"] });
  assert.deepEqual(pip[1]?.args.slice(-3), ["--index-url", "https://mirror/simple", "/w.whl"]);
  assert.equal(pip[1]?.program, "/e/bin/python");
  assert.ok(!withPip({ program: "p", args: [] }, "/e", "/w.whl", "", false)[1]?.args.includes("--index-url"));
  assert.ok(withUv("uv", "/e", "/w.whl", "https://m")[1]?.args.includes("--default-index"));
});
test("what is worth showing while it installs", () => {
  assert.equal(
    progressOf("Collecting numpy>=2.2 (from abacus-lsp==0.1.0)"),
    "Collecting numpy>=2.2 (from abacus-lsp==0.1.0)",
  );
  assert.equal(progressOf("  Downloading numpy-2.whl (16 MB)"), "Downloading numpy-2.whl (16 MB)");
  assert.equal(progressOf("Requirement already satisfied: x"), undefined);
});
