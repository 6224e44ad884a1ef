// `node build.mjs`: dist/extension.js. `--package`: also the server's wheel and the licence, then one .vsix.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = fileURLToPath(new URL(".", import.meta.url));
const root = fileURLToPath(new URL("../..", import.meta.url));
// The README's links are seen from this folder of the repository, wherever that is published.
const UNPUBLISHED = ["--no-rewrite-relative-links", "--allow-missing-repository", "--out", "abacus-lsp.vsix"];
const say = (program, ...args) => execFileSync(program, args, { cwd: here, stdio: "inherit" });

await build({
  absWorkingDir: here,
  entryPoints: ["src/extension.ts"],
  outfile: "dist/extension.js",
  bundle: true,
  minify: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  external: ["vscode"],
  logLevel: "warning",
});

if (process.argv.includes("--package")) {
  const python = process.env.PYTHON ?? "python3";
  rmSync(`${here}server`, { recursive: true, force: true });
  mkdirSync(`${here}server`);
  say(
    python,
    "-m",
    "pip",
    "wheel",
    "--quiet",
    "--no-deps",
    "--disable-pip-version-check",
    "-w",
    "server",
    root,
  );
  cpSync(`${root}LICENSE`, `${here}LICENSE`);
  const wheels = readdirSync(`${here}server`).filter((name) => name.endsWith(".whl"));
  if (wheels.length !== 1) throw new Error(`one wheel was expected, not ${wheels}`);
  say(process.execPath, "node_modules/@vscode/vsce/vsce", "package", "--no-dependencies", ...UNPUBLISHED);
}
