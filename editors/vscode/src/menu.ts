/** The status bar's menu: what can be done now, the likeliest first. */

import * as vscode from "vscode";
import { disabledLanguages, enabled } from "./settings.ts";
import type { StatusBar } from "./statusBar.ts";

interface Entry extends vscode.QuickPickItem {
  command?: string;
  args?: unknown[];
}

/** Show it, and run what was picked. */
export async function menu(bar: StatusBar): Promise<void> {
  const picked = await vscode.window.showQuickPick(entries(bar), {
    title: "Abacus 珠算",
    placeHolder: vscode.l10n.t("What is to be done?"),
  });
  if (picked?.command) await vscode.commands.executeCommand(picked.command, ...(picked.args ?? []));
}

function entries(bar: StatusBar): Entry[] {
  const t = vscode.l10n.t;
  const { here, server } = bar;
  const broken = here.phase === "missing" || here.phase === "stopped";
  const repair: Entry[] = [
    { label: `$(debug-restart) ${t("Restart the server")}`, command: "abacusLsp.restart" },
    { label: `$(output) ${t("Show the log")}`, command: "abacusLsp.logs" },
  ];
  if (broken) return [{ label: here.message, kind: vscode.QuickPickItemKind.Separator }, ...repair];
  const device = server?.device ? ` · ${server.device}` : "";
  return [
    {
      label: server?.model ? `${server.model}${device}` : t("No model yet"),
      kind: vscode.QuickPickItemKind.Separator,
    },
    ...switches(here.editorShows, here.snoozedUntil > Date.now()),
    { label: t("Model"), kind: vscode.QuickPickItemKind.Separator },
    { label: `$(package) ${t("Choose or download a model …")}`, command: "abacusLsp.chooseModel" },
    { label: `$(key) ${t("API key of the endpoint …")}`, command: "abacusLsp.setKey" },
    { label: t("What happened"), kind: vscode.QuickPickItemKind.Separator },
    { label: `$(question) ${t("Why is there nothing?")}`, command: "abacusLsp.why" },
    { label: `$(file-code) ${t("Show the last prompt")}`, command: "abacusLsp.showPrompt" },
    { label: `$(graph) ${t("Statistics of this machine")}`, command: "abacusLsp.stats" },
    { label: `$(checklist) ${t("Check the installation")}`, command: "abacusLsp.doctor" },
    ...repair,
    {
      label: `$(gear) ${t("Settings")}`,
      command: "workbench.action.openSettings",
      args: ["@ext:abacus-lsp.abacus-lsp"],
    },
  ];
}

function switches(editorShows: boolean, snoozing: boolean): Entry[] {
  const t = vscode.l10n.t;
  const language = vscode.window.activeTextEditor?.document.languageId;
  const off = language !== undefined && disabledLanguages().includes(language);
  const out: Entry[] = [
    {
      label: enabled() ? `$(circle-slash) ${t("Switch off")}` : `$(check) ${t("Switch on")}`,
      command: "abacusLsp.toggle",
    },
  ];
  if (language)
    out.push({
      label: off
        ? `$(check) ${t("Switch on for {0}", language)}`
        : `$(circle-slash) ${t("Switch off for {0}", language)}`,
      command: "abacusLsp.toggleLanguage",
    });
  if (!editorShows)
    out.push({
      label: `$(eye) ${t("Open the editor's setting for inline suggestions")}`,
      command: "workbench.action.openSettings",
      args: ["editor.inlineSuggest.enabled"],
    });
  const snooze = (minutes: number): Entry => ({
    label: minutes ? `$(bell-slash) ${t("Quiet for {0} min", minutes)}` : `$(bell) ${t("No longer quiet")}`,
    command: "abacusLsp.snooze",
    args: [minutes],
  });
  return [...out, ...(snoozing ? [snooze(0)] : [snooze(5), snooze(60)])];
}
