/** What the palette, the menu and the keys can do: each command asks the editor or the server for one thing. */

import * as vscode from "vscode";
import type { Keys } from "./keys.ts";
import { licence, type Model, rows, sizeText } from "./models.ts";
import type { Pages } from "./pages.ts";
import { Failed, run } from "./processes.ts";
import type { Server } from "./server.ts";
import { disabledLanguages, enabled, set } from "./settings.ts";
import type { StatusBar } from "./statusBar.ts";

const REWRITE = vscode.CodeActionKind.Refactor.append("rewrite");
const SNOOZES = [5, 60];

/** What the commands work with. */
export interface Parts {
  server: Server;
  bar: StatusBar;
  keys: Keys;
  pages: Pages;
  log: vscode.LogOutputChannel;
}

type Commands = Record<string, (...args: never[]) => unknown>;

/** Every command by its name without `abacusLsp.`. */
export function commands(parts: Parts): Commands {
  const { server, keys, log } = parts;
  return {
    trigger: () => editor("inlineSuggest.trigger"),
    next: () => editor("inlineSuggest.showNext"),
    previous: () => editor("inlineSuggest.showPrevious"),
    acceptWord: server.inline.acceptWord,
    acceptLine: server.inline.acceptLine,
    dismiss: server.inline.dismiss,
    fromComment,
    docstring: () => act("abacus.document", false),
    summarise: () => act("abacus.summarise", false),
    summariseComment: () => act("abacus.summarise", true),
    toggle,
    toggleLanguage,
    snooze: (minutes?: number) => snooze(parts, minutes),
    chooseModel: () => chooseModel(parts),
    showPrompt: () => showPrompt(parts),
    why: () => why(parts),
    stats: () => page(parts, "stats.txt", ["stats"]),
    doctor: () => page(parts, "doctor.txt", ["doctor"]),
    setKey: () => keys.ask(),
    deleteKey: () => keys.forget(),
    restart: () => server.restart(),
    logs: () => log.show(),
    walkthrough: () =>
      vscode.commands.executeCommand("workbench.action.openWalkthrough", "abacus-lsp.abacus-lsp#start"),
  };
}

function editor(action: string): Thenable<unknown> {
  return vscode.commands.executeCommand(`editor.action.${action}`);
}

/** The comment above, or under, the cursor becomes code: a new line below it, and an explicit request there. */
async function fromComment(): Promise<void> {
  await editor("insertLineAfter");
  await editor("inlineSuggest.trigger");
}

/** Run the code action of the server that ends in this command, at the selection. */
async function act(command: string, comment: boolean): Promise<void> {
  const active = vscode.window.activeTextEditor;
  if (!active) return;
  const found = await vscode.commands.executeCommand<(vscode.CodeAction | vscode.Command)[]>(
    "vscode.executeCodeActionProvider",
    active.document.uri,
    active.selection,
    REWRITE.value,
  );
  const held = (found ?? []).flatMap((each) =>
    each instanceof vscode.CodeAction && each.command ? [each.command] : [],
  );
  const wanted = held.find((each) => {
    const argument = (each.arguments?.[0] ?? {}) as { comment?: boolean };
    return each.command === command && Boolean(argument.comment) === comment;
  });
  if (wanted) await vscode.commands.executeCommand(wanted.command, ...(wanted.arguments ?? []));
  else
    void vscode.window.showInformationMessage(
      vscode.l10n.t("Nothing to document here, or the server is not ready."),
    );
}

async function toggle(): Promise<void> {
  await set("completion.enabled", !enabled());
}

async function toggleLanguage(): Promise<void> {
  const language = vscode.window.activeTextEditor?.document.languageId;
  if (!language) return;
  const off = disabledLanguages();
  const now = off.includes(language) ? off.filter((each) => each !== language) : [...off, language];
  await set("completion.disabledLanguages", now);
}

async function snooze({ server, bar }: Parts, minutes?: number): Promise<void> {
  let wanted = minutes;
  if (wanted === undefined) {
    const titles = new Map(SNOOZES.map((each) => [vscode.l10n.t("{0} min", each), each]));
    titles.set(vscode.l10n.t("Not any more"), 0);
    const title = await vscode.window.showQuickPick([...titles.keys()], {
      title: vscode.l10n.t("Be quiet for"),
    });
    wanted = title === undefined ? undefined : titles.get(title);
  }
  if (wanted === undefined) return;
  await server.command("abacus.snooze", wanted);
  bar.snooze(wanted);
}

async function chooseModel(parts: Parts): Promise<void> {
  const { server } = parts;
  const models = await catalogue(parts);
  if (!models) return;
  const chinese = vscode.env.language.startsWith("zh");
  const present = vscode.workspace.getConfiguration("abacus").get<string>("model") ?? "auto";
  const picked = await vscode.window.showQuickPick(rows(models, present, chinese, vscode.l10n.t), {
    title: vscode.l10n.t("Which model"),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (!picked) return;
  const { model } = picked;
  if (model && !model.installed) {
    const download = vscode.l10n.t("Download");
    const detail = `${sizeText(model)}. ${licence(model, chinese)}`;
    const question = vscode.l10n.t("Download {0}?", model.name);
    if ((await vscode.window.showWarningMessage(question, { modal: true, detail }, download)) !== download)
      return;
    await server.command("abacus.pullModel", model.name);
    const now = await catalogue(parts);
    if (!now?.some((each) => each.name === model.name && each.installed)) {
      const reason = parts.bar.server?.reason?.message ?? "";
      void vscode.window.showErrorMessage(vscode.l10n.t("{0} was not downloaded. {1}", model.name, reason));
      return;
    }
  }
  await set("model", model?.name ?? "auto");
}

async function catalogue({ server, log }: Parts): Promise<Model[] | undefined> {
  const { program } = server;
  if (!program) return undefined;
  try {
    const held = JSON.parse(await run(program.command, ["models", "list", "--json"])) as { models: Model[] };
    return held.models;
  } catch (error) {
    log.error(error instanceof Failed ? error.output : String(error));
    void vscode.window.showErrorMessage(vscode.l10n.t("The list of models cannot be read; see the log."));
    return undefined;
  }
}

async function showPrompt({ server }: Parts): Promise<void> {
  // The server opens the page itself, by window/showDocument.
  if (!(await server.command<string>("abacus.showPrompt")))
    void vscode.window.showInformationMessage(vscode.l10n.t("Nothing was asked of a model yet."));
}

async function why({ server, bar, pages }: Parts): Promise<void> {
  const facts = await server.command<{ reason?: { code: string; message: string } }>("abacus.explainLast");
  const said = facts?.reason?.message ?? bar.server?.reason?.message ?? bar.here.message;
  const more = vscode.l10n.t("Everything");
  const message = said || vscode.l10n.t("Nothing was asked of a model yet.");
  const answer = await vscode.window.showInformationMessage(message, ...(facts?.reason ? [more] : []));
  if (answer === more) await pages.show("last-answer.json", JSON.stringify(facts, null, 2));
}

/** Show what a command of the program prints. */
async function page({ server, pages }: Parts, name: string, args: readonly string[]): Promise<void> {
  const { program } = server;
  if (!program) return;
  const text = await run(program.command, args).catch((error: unknown) =>
    error instanceof Failed ? error.output : String(error),
  );
  await pages.show(name, text);
}
