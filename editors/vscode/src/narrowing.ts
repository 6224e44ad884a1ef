/**
 * Which settings the server is told: only those that somebody set, and none that a workspace may not set.
 *
 * VS Code's defaults are left out, because the user's own settings file (config.toml) lies under what the editor
 * says: a default of ours would overrule it. Pure.
 */

/** What `WorkspaceConfiguration.inspect` says of one key, the parts that count here. */
export interface Inspected {
  globalValue?: unknown;
  workspaceValue?: unknown;
  workspaceFolderValue?: unknown;
  globalLanguageValue?: unknown;
  workspaceLanguageValue?: unknown;
  workspaceFolderLanguageValue?: unknown;
}

/** One setting of the manifest: its key without `abacus.`, and its scope. */
export interface Declared {
  key: string;
  scope: string;
}

/** The value that somebody set, the nearest first; undefined when nobody did. */
export function chosen(held: Inspected | undefined, scope: string, trusted: boolean): unknown {
  if (held === undefined) return undefined;
  const machine = scope === "machine" || scope === "application";
  const near = machine || !trusted ? [] : [held.workspaceFolderValue, held.workspaceValue];
  return [...near, held.globalValue].find((value) => value !== undefined);
}

/** The nested object for the server; `inspect` is asked for each declared key. `server.*` is ours alone. */
export function told(
  declared: readonly Declared[],
  inspect: (key: string) => Inspected | undefined,
  trusted: boolean,
): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const { key, scope } of declared) {
    if (key.startsWith("server.")) continue;
    const value = chosen(inspect(key), scope, trusted);
    if (value !== undefined) put(out, key.split("."), value);
  }
  return out;
}

/** Set a value at a dotted place. */
export function put(into: Record<string, unknown>, keys: readonly string[], value: unknown): void {
  const [first, ...rest] = keys;
  if (first === undefined) return;
  if (rest.length === 0) {
    into[first] = value;
    return;
  }
  const inner = (into[first] ?? {}) as Record<string, unknown>;
  into[first] = inner;
  put(inner, rest, value);
}
