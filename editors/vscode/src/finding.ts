/**
 * Where the server's program is: the setting, the active virtual environment, PATH, our own installation.
 *
 * Pure but for the question whether a file can be run, which is handed in.
 */

import * as path from "node:path";

export type Source = "setting" | "environment" | "path" | "private";

export interface Program {
  command: string;
  source: Source;
}

export interface Places {
  /** The setting `abacus.server.path`; empty: none. */
  setting: string;
  /** Folders of active virtual environments, the nearest first. */
  environments: readonly string[];
  /** The variable PATH. */
  path: string;
  /** The folder of our own environment. */
  own: string;
  home: string;
  windows: boolean;
}

/** Every place to look, in order. A program that the user named is the only place. */
export function candidates(places: Places): Program[] {
  const { windows } = places;
  if (places.setting) return [{ command: expandHome(places.setting, places.home), source: "setting" }];
  const separator = windows ? ";" : ":";
  const folders = places.path.split(separator).filter((folder) => isAbsolute(folder, windows));
  return [
    ...places.environments.map((folder) => at(scripts(folder, windows), "environment", windows)),
    ...folders.map((folder) => at(folder, "path", windows)),
    at(scripts(places.own, windows), "private", windows),
  ];
}

/** The first of them that can be run. */
export function firstOf(programs: readonly Program[], runs: (file: string) => boolean): Program | undefined {
  return programs.find((program) => runs(program.command));
}

/** Where an environment keeps its programs. */
export function scripts(environment: string, windows: boolean): string {
  return join(windows)(environment, windows ? "Scripts" : "bin");
}

function at(folder: string, source: Source, windows: boolean): Program {
  return { command: join(windows)(folder, windows ? "abacus-lsp.exe" : "abacus-lsp"), source };
}

function join(windows: boolean): (...parts: string[]) => string {
  return windows ? path.win32.join : path.posix.join;
}

/** A relative folder on PATH would mean whatever folder the editor was started in, or the workspace. */
function isAbsolute(folder: string, windows: boolean): boolean {
  return windows ? path.win32.isAbsolute(folder) : path.posix.isAbsolute(folder);
}

function expandHome(file: string, home: string): string {
  return file === "~" || file.startsWith("~/") || file.startsWith("~\\") ? home + file.slice(1) : file;
}
