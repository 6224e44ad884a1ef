import assert from "node:assert/strict";
import { test } from "node:test";
import { chineseWord } from "../src/words.ts";

const CASES: [string, string | undefined][] = [
  ["计算总价，然后返回", "计算"],
  ["总价，然后返回", "总价，"],
  ["。然后", undefined],
  ["  返回结果", "  返回"],
  ["\n    # 返回", undefined],
  ["return 总价", undefined],
  ["", undefined],
  ["𠮷野家", "𠮷野"],
  ["饼图", "饼图"],
];

for (const [text, word] of CASES)
  test(`the next word of ${JSON.stringify(text)}`, () => {
    const found = chineseWord(text);
    // Which characters make a word is the dictionary's business; that it is a true beginning is ours.
    if (word === undefined) assert.equal(found, undefined);
    else assert.ok(found && text.startsWith(found) && found.trim().length <= word.trim().length + 1, found);
  });

test("a text taken word by word is the text", () => {
  const text = "把购物车里所有商品的价格加起来，得到总价。";
  let rest = text;
  const words: string[] = [];
  for (let word = chineseWord(rest); word !== undefined; word = chineseWord(rest)) {
    words.push(word);
    rest = rest.slice(word.length);
  }
  assert.equal(words.join("") + rest, text);
  assert.ok(words.length > 5, words.join("|"));
  assert.ok(words.some((word) => word.endsWith("，")));
});
