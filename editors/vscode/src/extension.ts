/** Where the parts are put together; nothing is decided here. */

import * as vscode from "vscode";
import { commands } from "./commands.ts";
import { Keys } from "./keys.ts";
import { menu } from "./menu.ts";
import { Pages } from "./pages.ts";
import { Server } from "./server.ts";
import { StatusBar } from "./statusBar.ts";

/** Settings that the server's process is started with; the others reach it while it runs. */
const STARTED_WITH = ["server", "endpoint.keyEnv"];

let running: Server | undefined;

export function activate(context: vscode.ExtensionContext): void {
  const log = vscode.window.createOutputChannel("Abacus 珠算", { log: true });
  const bar = new StatusBar();
  const keys = new Keys(context.secrets);
  const pages = new Pages();
  const server = new Server(context, log, bar, keys);
  running = server;
  context.subscriptions.push(log, bar, pages, server);
  const named = { ...commands({ server, bar, keys, pages, log }), menu: () => menu(bar) };
  for (const [name, action] of Object.entries(named))
    context.subscriptions.push(vscode.commands.registerCommand(`abacusLsp.${name}`, action));
  context.subscriptions.push(
    keys.changed(() => void server.restart()),
    vscode.workspace.onDidGrantWorkspaceTrust(() => void server.restart()),
    vscode.window.onDidChangeActiveTextEditor(() => bar.refresh()),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (STARTED_WITH.some((key) => event.affectsConfiguration(`abacus.${key}`))) void server.restart();
      bar.refresh();
    }),
  );
  void server.restart(); // it may have to be installed; the commands are there meanwhile
}

export async function deactivate(): Promise<void> {
  await running?.stop();
}
