import assert from "node:assert/strict";
import { test } from "node:test";
import { licence, type Model, rows, sizeText } from "../src/models.ts";
import { say } from "./say.ts";

const model = (name: string, more: Partial<Model> = {}): Model => ({
  name,
  title: name.toUpperCase(),
  installed: false,
  size_bytes: 253_113_024,
  size_approximate: false,
  memory_bytes_rough: 0,
  context_tokens: 4096,
  fill_in_the_middle: false,
  licence: "Apache-2.0",
  licence_note: "",
  licence_note_zh: "",
  ...more,
});

test("auto, what is installed, then by size; the present one is marked", () => {
  const held = [
    model("big", { size_bytes: 2e9 }),
    model("small"),
    model("mine", { installed: true, size_bytes: 3e9 }),
  ];
  const found = rows(held, "small", false, say);
  assert.deepEqual(
    found.map((each) => each.label),
    ["auto", "mine", "$(check) small", "big"],
  );
  assert.equal(found[1]?.description, "on this machine");
  assert.equal(found[2]?.description, "253 MB to download");
});
test("sizes and licences for people", () => {
  assert.equal(sizeText({ size_bytes: 1_700_000_000, size_approximate: true }), "~1.7 GB");
  const held = { licence: "X", licence_note: "Read it.", licence_note_zh: "请阅读。" };
  assert.equal(licence(held, false), "X. Read it.");
  assert.equal(licence(held, true), "X. 请阅读。");
  assert.equal(licence({ licence: "MIT", licence_note: "", licence_note_zh: "" }, true), "MIT");
});
