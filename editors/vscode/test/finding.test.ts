import assert from "node:assert/strict";
import { test } from "node:test";
import { candidates, firstOf, type Places } from "../src/finding.ts";

const PLACES: Places = {
  setting: "",
  environments: ["/work/.venv", "/opt/venv"],
  path: "/usr/bin:.:bin::/usr/local/bin",
  own: "/store/server-1",
  home: "/home/x",
  windows: false,
};
const commands = (places: Partial<Places>): string[] =>
  candidates({ ...PLACES, ...places }).map((each) => each.command);

test("environment, PATH, our own; no relative folder of PATH", () => {
  assert.deepEqual(commands({}), [
    "/work/.venv/bin/abacus-lsp",
    "/opt/venv/bin/abacus-lsp",
    "/usr/bin/abacus-lsp",
    "/usr/local/bin/abacus-lsp",
    "/store/server-1/bin/abacus-lsp",
  ]);
});
test("what the user named is the only one", () => {
  assert.deepEqual(commands({ setting: "~/bin/abacus-lsp" }), ["/home/x/bin/abacus-lsp"]);
});
test("Windows", () => {
  const found = commands({ windows: true, environments: ["C:\\v"], path: "C:\\bin;bin", own: "C:\\own" });
  assert.deepEqual(found, [
    "C:\\v\\Scripts\\abacus-lsp.exe",
    "C:\\bin\\abacus-lsp.exe",
    "C:\\own\\Scripts\\abacus-lsp.exe",
  ]);
});
test("the first that runs", () => {
  const found = firstOf(candidates(PLACES), (file) => file.startsWith("/usr"));
  assert.deepEqual(found, { command: "/usr/bin/abacus-lsp", source: "path" });
  assert.equal(
    firstOf(candidates(PLACES), () => false),
    undefined,
  );
});
