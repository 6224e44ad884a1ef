/** The extension's view of VS Code's configuration: what `narrowing` decides, asked of the real one. */

import * as os from "node:os";
import * as vscode from "vscode";
import { type Declared, told } from "./narrowing.ts";

const SECTION = "abacus";

interface Manifest {
  contributes: { configuration: { properties: Record<string, { scope?: string }> }[] };
}

/** Every setting that package.json declares. */
export function declared(context: vscode.ExtensionContext): Declared[] {
  const manifest = context.extension.packageJSON as Manifest;
  return manifest.contributes.configuration.flatMap((group) =>
    Object.entries(group.properties).map(([key, property]) => ({
      key: key.slice(SECTION.length + 1),
      scope: property.scope ?? "window",
    })),
  );
}

/** What the server is told. `keyName` is where a stored key will be found, undefined when there is none. */
export function forServer(all: readonly Declared[], keyName: string | undefined): Record<string, unknown> {
  const held = vscode.workspace.getConfiguration(SECTION);
  const out = told(all, (key) => held.inspect(key), vscode.workspace.isTrusted);
  if (keyName) {
    const endpoint = (out.endpoint ?? {}) as Record<string, unknown>;
    out.endpoint = { ...endpoint, keyEnv: keyName };
  }
  return out;
}

/** A setting of machine scope: VS Code drops what a workspace says, and so do we. */
export function machine<T>(key: string, otherwise: T): T {
  const held = vscode.workspace.getConfiguration(SECTION).inspect<T>(key);
  return held?.globalValue ?? otherwise;
}

/** Whether anything is to be offered at all. */
export function enabled(): boolean {
  return vscode.workspace.getConfiguration(SECTION).get<boolean>("completion.enabled") ?? true;
}

/** The languages in which nothing is offered. */
export function disabledLanguages(): readonly string[] {
  return vscode.workspace.getConfiguration(SECTION).get<string[]>("completion.disabledLanguages") ?? [];
}

/** Change a setting where it is set: for the folder if it has a value of its own, else for the user. */
export async function set(key: string, value: unknown): Promise<void> {
  const held = vscode.workspace.getConfiguration(SECTION);
  const { Workspace, Global } = vscode.ConfigurationTarget;
  await held.update(key, value, held.inspect(key)?.workspaceValue === undefined ? Global : Workspace);
}

/** VS Code's own switch for inline suggestions, for this document. */
export function editorShows(document: vscode.TextDocument | undefined): boolean {
  return (
    vscode.workspace.getConfiguration("editor", document ?? null).get<boolean>("inlineSuggest.enabled") ??
    true
  );
}

/** Active virtual environments, the nearest first; none that an untrusted workspace could name. */
export async function environments(): Promise<string[]> {
  const held: string[] = [];
  if (vscode.workspace.isTrusted) {
    const python = await pythonExtension();
    if (python) held.push(python);
  }
  const virtual = process.env.VIRTUAL_ENV;
  if (virtual) held.push(virtual);
  return held;
}

interface PythonApi {
  environments?: {
    getActiveEnvironmentPath(): { path: string };
    resolveEnvironment(
      path: unknown,
    ): Promise<{ environment?: { folderUri: vscode.Uri } | undefined } | undefined>;
  };
}

/** The folder of the environment chosen in the Python extension, where it is installed. */
async function pythonExtension(): Promise<string | undefined> {
  const extension = vscode.extensions.getExtension<PythonApi>("ms-python.python");
  if (!extension) return undefined;
  try {
    const api = (extension.isActive ? extension.exports : await extension.activate()).environments;
    const resolved = await api?.resolveEnvironment(api.getActiveEnvironmentPath());
    return resolved?.environment?.folderUri.fsPath;
  } catch {
    return undefined; // another extension's trouble is not ours
  }
}

export const home = os.homedir();
export const windows = process.platform === "win32";
