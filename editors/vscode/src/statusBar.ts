/** The status bar item: holds what is known, and shows what `status.shown` makes of it. */

import * as vscode from "vscode";
import { disabledLanguages, editorShows, enabled } from "./settings.ts";
import { type Here, type ServerStatus, shown } from "./status.ts";

const MINUTE_MS = 60_000;

export class StatusBar implements vscode.Disposable {
  readonly #item = vscode.window.createStatusBarItem("abacus", vscode.StatusBarAlignment.Right, 90);
  #server: ServerStatus | undefined;
  #phase: Here["phase"] = "starting";
  #message = "";
  #snoozedUntil = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor() {
    this.#item.name = "Abacus 珠算";
    this.#item.command = "abacusLsp.menu";
    this.#draw();
    this.#item.show();
  }

  get server(): ServerStatus | undefined {
    return this.#server;
  }

  get here(): Here {
    const document = vscode.window.activeTextEditor?.document;
    return {
      phase: this.#phase,
      message: this.#message,
      editorShows: editorShows(document),
      enabled: enabled(),
      languageOff: document !== undefined && disabledLanguages().includes(document.languageId),
      snoozedUntil: this.#snoozedUntil,
    };
  }

  /** What the server said last; undefined when it is a new one. */
  told(status: ServerStatus | undefined): void {
    this.#server = status;
    this.#draw();
  }

  /** How the process is doing. */
  phase(phase: Here["phase"], message = ""): void {
    this.#phase = phase;
    this.#message = message;
    if (phase !== "running") this.#server = undefined;
    this.#draw();
  }

  /** Quiet for so many minutes; 0 ends it. */
  snooze(minutes: number): void {
    clearInterval(this.#timer);
    this.#snoozedUntil = minutes > 0 ? Date.now() + minutes * MINUTE_MS : 0;
    if (minutes > 0)
      this.#timer = setInterval(() => {
        if (Date.now() >= this.#snoozedUntil) this.snooze(0);
        this.#draw();
      }, MINUTE_MS);
    this.#draw();
  }

  /** Another editor, another setting: look again. */
  refresh(): void {
    this.#draw();
  }

  #draw(): void {
    const now = shown(this.#server, this.here, Date.now(), vscode.l10n.t);
    this.#item.text = now.text;
    this.#item.tooltip = now.tooltip;
    this.#item.accessibilityInformation = { label: vscode.l10n.t("Abacus 珠算: {0}", now.tooltip) };
    const colour = {
      none: undefined,
      warning: "statusBarItem.warningBackground",
      error: "statusBarItem.errorBackground",
    };
    const id = colour[now.severity];
    this.#item.backgroundColor = id === undefined ? undefined : new vscode.ThemeColor(id);
  }

  dispose(): void {
    clearInterval(this.#timer);
    this.#item.dispose();
  }
}
