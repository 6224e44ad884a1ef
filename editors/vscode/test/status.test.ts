import assert from "node:assert/strict";
import { test } from "node:test";
import { type Here, type ServerStatus, shown } from "../src/status.ts";
import { say } from "./say.ts";

const HERE: Here = {
  phase: "running",
  message: "",
  editorShows: true,
  enabled: true,
  languageOff: false,
  snoozedUntil: 0,
};
const READY: ServerStatus = { state: "ready", model: "m", engine: "llama.cpp", device: "cpu", trial: true };
const NOW = 1_000_000;

function check(status: ServerStatus | undefined, here: Partial<Here>, text: string, tooltip: RegExp): void {
  const held = shown(status, { ...HERE, ...here }, NOW, say);
  assert.equal(held.text, text);
  assert.match(held.tooltip, tooltip);
  assert.equal(held.severity, text.startsWith("$(error)") ? "error" : "none");
}

test("ready says model, device and that it is a trial", () => {
  check(READY, {}, "$(check) 珠算 m", /Model: m \(trial model\)\nRuns on: cpu \(llama\.cpp\)$/);
});
test("busy has the same text, so that nothing jumps", () => {
  check({ ...READY, state: "busy" }, {}, "$(pulse) 珠算 m", /Model/);
});
test("the last reason is told, unless it is none", () => {
  check(
    { ...READY, reason: { code: "mid-word", message: "In a word." } },
    {},
    "$(check) 珠算 m",
    /In a word\./,
  );
  check({ ...READY, reason: { code: "ok", message: "Fine." } }, {}, "$(check) 珠算 m", /llama\.cpp\)$/);
});
test("loading with and without a share", () => {
  check(
    { state: "loading", progress: 0.254, message: "loading m" },
    {},
    "$(loading~spin) 珠算 25%",
    /^loading m$/,
  );
  check({ state: "loading" }, {}, "$(loading~spin) 珠算", /^Loading/);
});
test("a server that has said nothing yet", () => check(undefined, {}, "$(loading~spin) 珠算", /starting/));
test("a model that cannot be used", () =>
  check(
    { state: "error", reason: { code: "no-model", message: "Pull one." } },
    {},
    "$(error) 珠算",
    /^Pull one\.$/,
  ));
test("no server", () =>
  check(READY, { phase: "missing", message: "No Python." }, "$(error) 珠算", /^No Python\.$/));
test("a server that ended", () =>
  check(READY, { phase: "stopped", message: "Ended." }, "$(error) 珠算", /^Ended\.$/));
test("off, by whom", () => {
  check({ state: "off", reason: { code: "off", message: "Off." } }, {}, "$(circle-slash) 珠算", /^Off\.$/);
  check(READY, { editorShows: false }, "$(circle-slash) 珠算", /editor\.inlineSuggest\.enabled/);
  check(READY, { enabled: false }, "$(circle-slash) 珠算", /^Switched off\.$/);
  check(READY, { languageOff: true }, "$(circle-slash) 珠算", /language/);
  check(READY, { snoozedUntil: NOW + 61_000 }, "$(circle-slash) 珠算", /another 2 min/);
  check(READY, { snoozedUntil: NOW - 1 }, "$(check) 珠算 m", /Model/);
});
