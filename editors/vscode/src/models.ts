/**
 * The rows of the model picker, from `abacus-lsp models list --json`. Pure.
 */

import type { Say } from "./status.ts";

/** One model of the catalogue; what of the list's JSON counts here. */
export interface Model {
  name: string;
  title: string;
  installed: boolean;
  size_bytes: number;
  size_approximate: boolean;
  memory_bytes_rough: number;
  context_tokens: number;
  fill_in_the_middle: boolean;
  licence: string;
  licence_note: string;
  licence_note_zh: string;
}

export interface Row {
  label: string;
  description: string;
  detail: string;
  model: Model | undefined;
}

/** Installed ones first, then by size; "auto" on top. */
export function rows(models: readonly Model[], present: string, chinese: boolean, say: Say): Row[] {
  const auto: Row = {
    label: mark("auto", present),
    description: say("the best that is on this machine"),
    detail: "",
    model: undefined,
  };
  const ordered = [...models].sort(
    (a, b) => Number(b.installed) - Number(a.installed) || a.size_bytes - b.size_bytes,
  );
  return [auto, ...ordered.map((model) => row(model, present, chinese, say))];
}

function row(model: Model, present: string, chinese: boolean, say: Say): Row {
  const size = model.installed ? say("on this machine") : say("{0} to download", sizeText(model));
  const middle = model.fill_in_the_middle ? say("fills in the middle") : "";
  return {
    label: mark(model.name, present),
    description: [size, middle].filter(Boolean).join(" · "),
    detail: [model.title, licence(model, chinese)].join(" · "),
    model,
  };
}

function mark(name: string, present: string): string {
  return name === present ? `$(check) ${name}` : name;
}

/** Size for people: 253 MB, ~1.7 GB. */
export function sizeText(model: Pick<Model, "size_bytes" | "size_approximate">): string {
  const about = model.size_approximate ? "~" : "";
  const bytes = model.size_bytes;
  return bytes < 1e9 ? `${about}${Math.round(bytes / 1e6)} MB` : `${about}${(bytes / 1e9).toFixed(1)} GB`;
}

/** The licence with its note in the reader's language. */
export function licence(
  model: Pick<Model, "licence" | "licence_note" | "licence_note_zh">,
  chinese: boolean,
): string {
  const note = chinese ? model.licence_note_zh || model.licence_note : model.licence_note;
  return note ? `${model.licence}. ${note}` : model.licence;
}
