/**
 * Our own installation of the server: the wheel that the VSIX carries, in an environment of its own.
 *
 * Knows files, processes and locks. A folder without its marker is not an installation: it is made anew. Two windows
 * that start at once agree by a lock file that its holder keeps fresh.
 */

import * as fs from "node:fs/promises";
import * as path from "node:path";
import { Failed, run } from "./processes.ts";
import { type Command, judge, progressOf, pythons, QUESTION, withPip, withUv } from "./pythons.ts";

const LOCK_STALE_MS = 30_000;
const LOCK_FRESH_MS = 5_000;
const LOCK_POLL_MS = 500;
const MARKER = "abacus-installed";

export interface Wish {
  /** The wheel file. */
  wheel: string;
  /** The environment's folder. */
  environment: string;
  /** The setting `abacus.server.python`; empty: look for one. */
  python: string;
  /** Active virtual environments, whose Python would do. */
  environments: readonly string[];
  /** The setting `abacus.server.indexUrl`; empty: as pip or uv are configured. */
  index: string;
  windows: boolean;
  signal: AbortSignal;
  progress: (message: string) => void;
  log: (line: string) => void;
}

/** There is neither uv nor a Python that would do; `found` says what there is instead. */
export class NoPython extends Error {
  readonly found: "nothing" | "too-old" | "no-pip";
  constructor(found: "nothing" | "too-old" | "no-pip") {
    super(`no Python: ${found}`);
    this.found = found;
  }
}

/** The wheel in this folder; undefined when the extension was built without one. */
export async function wheelIn(folder: string): Promise<string | undefined> {
  const names = await fs.readdir(folder).catch(() => []);
  const wheel = names.find((name) => name.startsWith("abacus_lsp-") && name.endsWith(".whl"));
  return wheel === undefined ? undefined : path.join(folder, wheel);
}

/** Whether this environment was installed to its end. */
export async function isInstalled(environment: string): Promise<boolean> {
  return (await fs.stat(path.join(environment, MARKER)).catch(() => undefined)) !== undefined;
}

/**
 * Install, or wait for another window that does.
 *
 * Raises `NoPython`, and `Failed` with the output when a command fails.
 */
export async function install(wish: Wish): Promise<void> {
  await fs.mkdir(path.dirname(wish.environment), { recursive: true });
  const release = await locked(`${wish.environment}.lock`, wish.signal);
  try {
    if (await isInstalled(wish.environment)) return;
    await fs.rm(wish.environment, { recursive: true, force: true });
    for (const command of await commands(wish)) await say(command, wish);
    await fs.writeFile(path.join(wish.environment, MARKER), path.basename(wish.wheel));
  } finally {
    await release();
  }
}

/** It does not work any more (its Python went away): the next start makes it anew. */
export async function distrust(environment: string): Promise<void> {
  await fs.rm(path.join(environment, MARKER), { force: true });
}

/** Take away environments of other versions of the extension; one in use on Windows stays for the next time. */
export async function sweep(environment: string): Promise<void> {
  const folder = path.dirname(environment);
  for (const name of await fs.readdir(folder).catch(() => []))
    if (name.startsWith("server-") && !path.join(folder, name).startsWith(environment))
      await fs.rm(path.join(folder, name), { recursive: true, force: true }).catch(() => undefined);
}

async function commands(wish: Wish): Promise<Command[]> {
  const uv = wish.python
    ? undefined
    : await run("uv", ["--version"]).then(
        () => "uv",
        () => undefined,
      );
  if (uv) return withUv(uv, wish.environment, wish.wheel, wish.index);
  const python = await goodPython(wish);
  return withPip(python, wish.environment, wish.wheel, wish.index, wish.windows);
}

async function goodPython(wish: Wish): Promise<Command> {
  let found: "nothing" | "too-old" | "no-pip" = "nothing";
  for (const python of pythons(wish.python, wish.environments, wish.windows)) {
    const answer = await run(python.program, [...python.args, "-c", QUESTION]).catch(() => "");
    const judgement = judge(answer);
    if (judgement === "good") return python;
    if (judgement !== "not-python" && found !== "no-pip") found = judgement;
  }
  throw new NoPython(found);
}

async function say(command: Command, wish: Wish): Promise<void> {
  wish.log(`$ ${command.program} ${command.args.join(" ")}`);
  // In a folder of our own: uv would read the workspace's pyproject.toml, pip a setup.cfg.
  await run(command.program, command.args, {
    cwd: path.dirname(wish.environment),
    signal: wish.signal,
    line: (line) => {
      wish.log(line);
      const message = progressOf(line);
      if (message) wish.progress(message);
    },
  });
}

async function locked(file: string, signal: AbortSignal): Promise<() => Promise<void>> {
  while (!(await taken(file))) {
    if (signal.aborted) throw new Failed("cancelled", "");
    // No event says that another process let a file go.
    await new Promise((resolve) => setTimeout(resolve, LOCK_POLL_MS));
  }
  const fresh = setInterval(
    () => void fs.utimes(file, new Date(), new Date()).catch(() => undefined),
    LOCK_FRESH_MS,
  );
  return async () => {
    clearInterval(fresh);
    await fs.rm(file, { force: true });
  };
}

async function taken(file: string): Promise<boolean> {
  try {
    await (await fs.open(file, "wx")).close();
    return true;
  } catch {
    const held = await fs.stat(file).catch(() => undefined);
    if (held && Date.now() - held.mtimeMs > LOCK_STALE_MS) await fs.rm(file, { force: true });
    return false;
  }
}
