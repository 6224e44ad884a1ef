/**
 * The server's life: found or installed, started, started again, stopped.
 *
 * Knows vscode-languageclient. What is shown of it goes to the status bar, what is asked of it through `request`.
 */

import * as fs from "node:fs";
import * as path from "node:path";
import * as vscode from "vscode";
import { LanguageClient, type LanguageClientOptions, State } from "vscode-languageclient/node";
import { candidates, firstOf, type Program } from "./finding.ts";
import { Inline } from "./inline.ts";
import { distrust, install, isInstalled, NoPython, sweep, wheelIn } from "./installing.ts";
import type { Keys } from "./keys.ts";
import type { Declared } from "./narrowing.ts";
import { Failed } from "./processes.ts";
import { declared, environments, forServer, home, machine, windows } from "./settings.ts";
import type { ServerStatus } from "./status.ts";
import type { StatusBar } from "./statusBar.ts";

/** Five deaths within three minutes, and it is left alone until somebody asks. */
const MOST_RESTARTS = 5;

const SCHEMES = ["file", "untitled", "vscode-notebook-cell"];

export class Server implements vscode.Disposable {
  readonly inline: Inline;
  readonly #context: vscode.ExtensionContext;
  readonly #log: vscode.LogOutputChannel;
  readonly #bar: StatusBar;
  readonly #keys: Keys;
  readonly #declared: Declared[];
  #client: LanguageClient | undefined;
  #program: Program | undefined;
  #turn: Promise<void> = Promise.resolve();

  constructor(context: vscode.ExtensionContext, log: vscode.LogOutputChannel, bar: StatusBar, keys: Keys) {
    this.#context = context;
    this.#log = log;
    this.#bar = bar;
    this.#keys = keys;
    this.#declared = declared(context);
    this.inline = new Inline(() => this.#running());
  }

  /** The program in use, for commands of its own (`stats`, `models list`). */
  get program(): Program | undefined {
    return this.#program;
  }

  /** Start, or start anew. Calls queue up: the last one's wishes hold. */
  restart(): Promise<void> {
    this.#turn = this.#turn.then(() => this.#stop()).then(() => this.#start());
    return this.#turn;
  }

  stop(): Promise<void> {
    this.#turn = this.#turn.then(() => this.#stop());
    return this.#turn;
  }

  /** `workspace/executeCommand`; undefined when no server runs. */
  async command<T>(command: string, ...args: unknown[]): Promise<T | undefined> {
    return this.#running()?.sendRequest<T>("workspace/executeCommand", { command, arguments: args });
  }

  #running(): LanguageClient | undefined {
    return this.#client?.isRunning() ? this.#client : undefined;
  }

  async #start(): Promise<void> {
    this.#bar.phase("starting", vscode.l10n.t("Looking for the server."));
    try {
      this.#program = (await this.#find()) ?? (await this.#install());
      if (this.#program) await this.#connect(this.#program);
    } catch (error) {
      if (this.#program?.source === "private") await distrust(this.#own);
      this.#missing(error instanceof Error ? error.message : String(error));
    }
  }

  async #stop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    void vscode.commands.executeCommand("setContext", "abacusLsp.running", false);
    await client?.dispose().catch(() => undefined); // one that never started has nothing to stop
  }

  get #own(): string {
    const version = String((this.#context.extension.packageJSON as { version: string }).version);
    return path.join(this.#context.globalStorageUri.fsPath, `server-${version}`);
  }

  async #find(): Promise<Program | undefined> {
    const setting = machine("server.path", "");
    const programs = candidates({
      setting,
      environments: await environments(),
      path: process.env.PATH ?? process.env.Path ?? "",
      own: this.#own,
      home,
      windows,
    });
    const whole = await isInstalled(this.#own);
    const found = firstOf(programs, (file) => isProgram(file) && (whole || !file.startsWith(this.#own)));
    if (setting && !found)
      throw new Error(vscode.l10n.t("{0}, named in the setting abacus.server.path, cannot be run.", setting));
    if (found) this.#log.info(`server: ${found.command} (${found.source})`);
    return found;
  }

  async #install(): Promise<Program | undefined> {
    const wheel = await wheelIn(path.join(this.#context.extensionPath, "server"));
    if (!wheel || machine<string>("server.install", "auto") === "never") {
      this.#missing(
        vscode.l10n.t("abacus-lsp was not found. Install it with pip, or set abacus.server.path."),
      );
      return undefined;
    }
    this.#bar.phase("starting", vscode.l10n.t("Installing the server."));
    await vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: vscode.l10n.t("Abacus 珠算: installing the server into an environment of its own"),
        cancellable: true,
      },
      (progress, token) => this.#installing(wheel, progress, token),
    );
    return this.#find();
  }

  async #installing(
    wheel: string,
    progress: vscode.Progress<{ message: string }>,
    token: vscode.CancellationToken,
  ): Promise<void> {
    const abort = new AbortController();
    token.onCancellationRequested(() => abort.abort());
    try {
      await install({
        wheel,
        environment: this.#own,
        python: machine("server.python", ""),
        environments: await environments(),
        index: machine("server.indexUrl", ""),
        windows,
        signal: abort.signal,
        progress: (message) => progress.report({ message }),
        log: (line) => this.#log.info(line),
      });
      await sweep(this.#own);
    } catch (error) {
      throw new Error(
        abort.signal.aborted ? vscode.l10n.t("The installation was cancelled.") : whyNot(error),
      );
    }
  }

  async #connect(program: Program): Promise<void> {
    const key = await this.#keys.environment();
    const client = new LanguageClient(
      "abacus",
      "Abacus 珠算",
      {
        command: program.command,
        args: ["serve", ...machine<string[]>("server.arguments", [])],
        options: { env: { ...process.env, ...key.variables } },
      },
      this.#options(key.name),
    );
    this.#client = client;
    client.onDidChangeState(({ newState }) => {
      if (client === this.#client) this.#changed(newState);
    });
    client.onNotification("$/abacus/status", (status: ServerStatus) => this.#told(status));
    client.onNotification("$/abacus/ready", this.inline.ready);
    await client.start();
    this.#log.info(`abacus-lsp ${client.initializeResult?.serverInfo?.version ?? ""}`);
    const quiet = this.#bar.here.snoozedUntil - Date.now();
    if (quiet > 0) await this.command("abacus.snooze", quiet / 60_000);
  }

  #options(keyName: string | undefined): LanguageClientOptions {
    return {
      documentSelector: SCHEMES.map((scheme) => ({ scheme })),
      outputChannel: this.#log,
      connectionOptions: { maxRestartCount: MOST_RESTARTS },
      synchronize: { configurationSection: "abacus" },
      middleware: {
        provideInlineCompletionItems: this.inline.provide,
        // Not asked unless it answers: an empty list would still make VS Code ask again at every key.
        provideCompletionItem: (document, position, context, token, next) =>
          vscode.workspace.getConfiguration("abacus").get("completion.popup")
            ? next(document, position, context, token)
            : undefined,
        workspace: {
          configuration: (params) =>
            params.items.map((item) =>
              item.section === "abacus" ? forServer(this.#declared, keyName) : null,
            ),
        },
      },
    };
  }

  #told(status: ServerStatus): void {
    const before = this.#bar.server?.state;
    this.#bar.told(status);
    if (status.state === "ready" && (before === undefined || before === "loading"))
      void this.inline.modelReady();
  }

  #changed(state: State): void {
    void vscode.commands.executeCommand("setContext", "abacusLsp.running", state === State.Running);
    if (state === State.Running) this.#bar.phase("running");
    else if (state === State.Starting) this.#bar.phase("starting");
    else
      this.#bar.phase(
        "stopped",
        vscode.l10n.t("The server has ended. Click to start it again, or to see its log."),
      );
  }

  #missing(message: string): void {
    this.#log.error(message);
    this.#bar.phase("missing", message);
    const [again, help] = [vscode.l10n.t("Try again"), vscode.l10n.t("Show the log")];
    const told = vscode.l10n.t("Abacus 珠算: {0}", message);
    void vscode.window.showErrorMessage(told, again, help).then((answer) => {
      if (answer === again) void this.restart();
      if (answer === help) this.#log.show();
    });
  }

  dispose(): void {
    this.inline.dispose();
  }
}

function isProgram(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

function whyNot(error: unknown): string {
  if (error instanceof NoPython)
    return {
      nothing: vscode.l10n.t(
        "No Python was found. Install Python 3.11 or newer, or uv, then try again; or set abacus.server.python.",
      ),
      "too-old": vscode.l10n.t(
        "The Python here is older than 3.11. Install a newer one, or uv, then try again; or set abacus.server.python.",
      ),
      "no-pip": vscode.l10n.t(
        "The Python here cannot make environments. Install its venv package (Debian: python3-venv), or uv, then try again.",
      ),
    }[error.found];
  const last = error instanceof Failed ? error.output.trim().split("\n").slice(-2).join(" ") : "";
  const said = error instanceof Error ? error.message : String(error);
  return vscode.l10n.t("The installation failed: {0}", [said, last].filter(Boolean).join(": "));
}
