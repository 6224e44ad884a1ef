import assert from "node:assert/strict";
import { test } from "node:test";
import { behind, Offers } from "../src/offers.ts";

const PLACE = { uri: "file:///a.py", line: 1, character: 4 };

test("an offer stands where it was made, for the version it was made for", () => {
  const offers = new Offers();
  const offer = { id: 7, place: PLACE, version: 3, text: "return 1" };
  offers.take(offer);
  assert.equal(offers.at({ ...PLACE }, 3), offer);
  assert.equal(offers.at({ ...PLACE, character: 5 }, 3), undefined);
  assert.equal(offers.at(PLACE, 4), undefined);
  offers.take(undefined);
  assert.equal(offers.at(PLACE, 3), undefined);
});
test("what is typed of an offer leaves the rest of it, at once", () => {
  const offers = new Offers();
  offers.take({ id: 7, place: PLACE, version: 3, text: "加起来\n  x" });
  const type = (text: string, character: number, version: number): void =>
    offers.changed([{ line: 1, character, replaced: 0, text }], PLACE.uri, version);
  type("加", 4, 4);
  assert.equal(offers.at({ ...PLACE, character: 5 }, 4)?.text, "起来\n  x");
  type("起来\n ", 5, 5);
  assert.equal(offers.at({ ...PLACE, line: 2, character: 1 }, 5)?.text, " x");
  type("y", 1, 6);
  assert.equal(offers.at({ ...PLACE, line: 2, character: 2 }, 6), undefined);
});
test("another file's change, or one elsewhere", () => {
  const offers = new Offers();
  const offer = { id: 7, place: PLACE, version: 3, text: "abc" };
  offers.take(offer);
  offers.changed([{ line: 1, character: 4, replaced: 0, text: "a" }], "file:///b.py", 9);
  assert.equal(offers.at(PLACE, 3), offer);
  offers.changed([{ line: 0, character: 4, replaced: 0, text: "a" }], PLACE.uri, 4);
  assert.equal(offers.at(PLACE, 4), undefined);
});
test("an item over the typed word repeats it", () => {
  assert.equal(behind("return x", "ret"), "urn x");
  assert.equal(behind("return x", ""), "return x");
  assert.equal(behind("return x", "yield"), undefined);
});
