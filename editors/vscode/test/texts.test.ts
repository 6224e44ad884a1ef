import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const read = (name: string): string => readFileSync(new URL(`../${name}`, import.meta.url), "utf8");
const CALL = /\b(?:vscode\.l10n\.t|t|say)\(\s*"((?:[^"\\]|\\.)*)"/g;

test("every message has a Chinese one, and no translation is left over", () => {
  const sources = readdirSync(new URL("../src", import.meta.url)).map((name) => read(`src/${name}`));
  const said = new Set(sources.flatMap((text) => [...text.matchAll(CALL)].map((found) => found[1] ?? "")));
  const chinese = JSON.parse(read("l10n/bundle.l10n.zh-cn.json")) as Record<string, string>;
  assert.ok(said.size > 40);
  assert.deepEqual(Object.keys(chinese).sort(), [...said].sort());
  for (const [english, text] of Object.entries(chinese))
    assert.deepEqual(text.match(/\{\d\}/g)?.sort(), english.match(/\{\d\}/g)?.sort(), english);
});

test("both languages of the manifest have the same texts, all of them used", () => {
  const [english, chinese] = ["package.nls.json", "package.nls.zh-cn.json"].map(
    (name) => JSON.parse(read(name)) as Record<string, string>,
  );
  assert.deepEqual(Object.keys(english ?? {}).sort(), Object.keys(chinese ?? {}).sort());
  const used = new Set([...read("package.json").matchAll(/%([\w.]+)%/g)].map((found) => found[1]));
  assert.deepEqual([...used].sort(), Object.keys(english ?? {}).sort());
});
