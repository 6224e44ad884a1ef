/**
 * Which Python or uv makes our own environment, and with which commands.
 *
 * Pure: commands as values. `installing` runs them.
 */

import { scripts } from "./finding.ts";

export interface Command {
  program: string;
  args: string[];
}

/** The oldest Python the server runs on; the wheel says the same (`requires-python`). */
export const OLDEST: readonly [number, number] = [3, 11];

const NEWEST_MINOR = 15;

/** Names under which a Python may be found, the likeliest first; each with arguments in front. */
export function pythons(setting: string, environments: readonly string[], windows: boolean): Command[] {
  if (setting) return [{ program: setting, args: [] }];
  const own = environments.map((folder) => ({
    program: windows ? `${scripts(folder, true)}\\python.exe` : `${scripts(folder, false)}/python`,
    args: [],
  }));
  const plain = [
    { program: "python3", args: [] },
    { program: "python", args: [] },
  ];
  const launcher = windows ? [{ program: "py", args: ["-3"] }] : [];
  const versions = [];
  for (let minor = NEWEST_MINOR; minor >= OLDEST[1]; minor -= 1)
    versions.push({ program: `python3.${minor}`, args: [] });
  return [...own, ...plain, ...launcher, ...(windows ? [] : versions)];
}

/** Asks a Python for its version; `ensurepip` is looked for too, since Debian leaves it out. */
export const QUESTION =
  "import sys, importlib.util as u; print('%d.%d %d' % (*sys.version_info[:2], u.find_spec('ensurepip') is not None))";

export type Judgement = "good" | "too-old" | "no-pip" | "not-python";

/** What the answer to `QUESTION` means. */
export function judge(answer: string): Judgement {
  const found = /^(\d+)\.(\d+) ([01])\s*$/.exec(answer);
  if (!found) return "not-python";
  const [major, minor] = [Number(found[1]), Number(found[2])];
  if (major < OLDEST[0] || (major === OLDEST[0] && minor < OLDEST[1])) return "too-old";
  return found[3] === "1" ? "good" : "no-pip";
}

/** The two commands that make the environment with uv: it finds, or fetches, a Python by itself. */
export function withUv(uv: string, environment: string, wheel: string, index: string): Command[] {
  const from = index ? ["--default-index", index] : [];
  const version = `>=${OLDEST.join(".")}`;
  return [
    { program: uv, args: ["venv", "--no-project", "--python", version, environment] },
    { program: uv, args: ["pip", "install", "--python", environment, ...from, wheel] },
  ];
}

/** The same with a Python's own `venv` and `pip`; both read the user's pip.conf and PIP_* variables. */
export function withPip(
  python: Command,
  environment: string,
  wheel: string,
  index: string,
  windows: boolean,
): Command[] {
  const inside = windows
    ? `${scripts(environment, true)}\\python.exe`
    : `${scripts(environment, false)}/python`;
  const from = index ? ["--index-url", index] : [];
  const quiet = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off"];
  return [
    { program: python.program, args: [...python.args, "-m", "venv", environment] },
    { program: inside, args: ["-m", "pip", "install", ...quiet, ...from, wheel] },
  ];
}

/** One short line for the progress bar from a line that pip or uv prints; undefined: not worth showing. */
export function progressOf(line: string): string | undefined {
  const found =
    /^\s*(?:Collecting|Downloading|Downloaded|Installing collected packages:|Resolved|Prepared|Installed)\b.*/.exec(
      line,
    );
  return found?.[0].trim().slice(0, 60);
}
