/**
 * What the status bar says: from the server's `$/abacus/status` and what this side knows to text.
 *
 * Pure: knows values and words. `statusBar` owns the item.
 */

/** `$/abacus/status`, as docs/protocol.md tells it. */
export interface ServerStatus {
  state: "loading" | "ready" | "busy" | "off" | "error";
  model?: string;
  engine?: string;
  device?: string;
  trial?: boolean;
  progress?: number;
  message?: string;
  reason?: { code: string; message: string };
}

/** What this side knows and the server does not. */
export interface Here {
  /** How the server's process is doing; `starting` covers looking for it and installing it. */
  phase: "starting" | "running" | "stopped" | "missing";
  /** Why it is not running, or what is being done about it. */
  message: string;
  /** VS Code's own switch, `editor.inlineSuggest.enabled`, for the active editor. */
  editorShows: boolean;
  /** `completion.enabled`. */
  enabled: boolean;
  /** The active editor's language is one of `completion.disabledLanguages`. */
  languageOff: boolean;
  /** Milliseconds of the epoch until which nothing is offered; 0: not snoozing. */
  snoozedUntil: number;
}

export interface Shown {
  text: string;
  tooltip: string;
  severity: "none" | "warning" | "error";
}

/** Translates an English message, filling in {0}, {1} …; `vscode.l10n.t` in the editor. */
export type Say = (message: string, ...args: (string | number)[]) => string;

const NAME = "珠算";

/** What to show. The text is short and steady: it does not jump while somebody types. */
export function shown(status: ServerStatus | undefined, here: Here, now: number, say: Say): Shown {
  if (here.phase === "missing" || here.phase === "stopped")
    return { text: `$(error) ${NAME}`, tooltip: here.message, severity: "error" };
  if (here.phase === "starting" || status === undefined)
    return {
      text: `$(loading~spin) ${NAME}`,
      tooltip: here.message || say("The server is starting."),
      severity: "none",
    };
  if (status.state === "error")
    return {
      text: `$(error) ${NAME}`,
      tooltip: reasonOf(status) || say("The model cannot be used."),
      severity: "error",
    };
  if (status.state === "loading") {
    const percent = status.progress === undefined ? "" : ` ${Math.round(status.progress * 100)}%`;
    return {
      text: `$(loading~spin) ${NAME}${percent}`,
      tooltip: status.message ?? say("Loading the model."),
      severity: "none",
    };
  }
  const quiet = silence(status, here, now, say);
  if (quiet) return { text: `$(circle-slash) ${NAME}`, tooltip: quiet, severity: "none" };
  const icon = status.state === "busy" ? "pulse" : "check";
  return {
    text: `$(${icon}) ${NAME} ${status.model ?? ""}`.trimEnd(),
    tooltip: facts(status, say),
    severity: "none",
  };
}

function silence(status: ServerStatus, here: Here, now: number, say: Say): string {
  if (status.state === "off") return reasonOf(status) || say("Switched off.");
  if (!here.enabled) return say("Switched off.");
  if (!here.editorShows)
    return say("The editor shows no inline suggestions: its setting editor.inlineSuggest.enabled is off.");
  if (here.languageOff) return say("Switched off for this language.");
  if (here.snoozedUntil > now)
    return say("Quiet for another {0} min.", Math.ceil((here.snoozedUntil - now) / 60_000));
  return "";
}

function facts(status: ServerStatus, say: Say): string {
  const lines = [
    say("Model: {0}", status.model ?? "") + (status.trial ? ` ${say("(trial model)")}` : ""),
    say("Runs on: {0} ({1})", status.device ?? "", status.engine ?? ""),
  ];
  const reason = reasonOf(status);
  if (reason && status.reason?.code !== "ok") lines.push(say("Last time nothing was offered: {0}", reason));
  return lines.join("\n");
}

function reasonOf(status: ServerStatus): string {
  return status.reason?.message ?? status.message ?? "";
}
