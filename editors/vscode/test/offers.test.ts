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
test("an item over the typed word repeats it", () => {
  assert.equal(behind("return x", "ret"), "urn x");
  assert.equal(behind("return x", ""), "return x");
  assert.equal(behind("return x", "yield"), undefined);
});
