/** Running a program to its end: output by line, a cancel that ends it. Knows processes, not what they are for. */

import { spawn } from "node:child_process";

export class Failed extends Error {
  readonly output: string;
  constructor(message: string, output: string) {
    super(message);
    this.output = output;
  }
}

export interface Running {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  signal?: AbortSignal;
  /** Hears every line of both streams. */
  line?: (line: string) => void;
}

/** Standard output of `program`; raises `Failed` with what it printed, also when it cannot be started. */
export function run(program: string, args: readonly string[], how: Running = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args], {
      cwd: how.cwd,
      env: how.env ?? process.env,
      signal: how.signal,
      windowsHide: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let out = "";
    let all = "";
    const hear = (piece: string): void => {
      all += piece;
      for (const line of piece.split(/[\r\n]+/)) if (line) how.line?.(line);
    };
    child.stdout.setEncoding("utf8").on("data", (piece: string) => {
      out += piece;
      hear(piece);
    });
    child.stderr.setEncoding("utf8").on("data", hear);
    child.on("error", (error) => reject(new Failed(error.message, all)));
    child.on("close", (code) => {
      if (code === 0) resolve(out);
      else reject(new Failed(`${program} ${args[0] ?? ""}: ${code}`, all));
    });
  });
}
