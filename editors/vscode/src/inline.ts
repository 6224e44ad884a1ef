/**
 * Between VS Code's inline suggestions and the server: remembers what was offered, tells the server what it cannot
 * see, asks again when a late answer is there.
 */

import * as vscode from "vscode";
import type { LanguageClient, Middleware } from "vscode-languageclient/node";
import { behind, type Offer, Offers, type Place, same } from "./offers.ts";
import { editorShows } from "./settings.ts";
import { chineseWord } from "./words.ts";

type Provide = NonNullable<Middleware["provideInlineCompletionItems"]>;

/** `$/abacus/ready`. */
interface Ready {
  uri: string;
  version: number | null;
  position: { line: number; character: number };
}

const RESTS_MS = 150;

export class Inline implements vscode.Disposable {
  readonly #offers = new Offers();
  readonly #client: () => LanguageClient | undefined;
  readonly #subscriptions: vscode.Disposable[];
  #again: Place | undefined;
  #edited: { uri: string; version: number } | undefined;
  #resting: NodeJS.Timeout | undefined;

  /** `client` gives the one that runs, undefined when none does. */
  constructor(client: () => LanguageClient | undefined) {
    this.#client = client;
    this.#subscriptions = [
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        const changes = contentChanges.map(({ range, rangeLength, text }) => ({
          line: range.start.line,
          character: range.start.character,
          replaced: rangeLength,
          text,
        }));
        this.#offers.changed(changes, document.uri.toString(), document.version);
        if (contentChanges.length > 0 && document === vscode.window.activeTextEditor?.document)
          this.#edited = { uri: document.uri.toString(), version: document.version };
      }),
      vscode.window.onDidChangeActiveTextEditor((editor) => this.#rests(editor)),
      vscode.window.onDidChangeTextEditorSelection((event) => {
        if (event.kind === vscode.TextEditorSelectionChangeKind.Mouse) this.#rests(event.textEditor);
      }),
    ];
  }

  /** The middleware of `textDocument/inlineCompletion`. */
  readonly provide: Provide = async (document, position, context, token, next) => {
    const place = placeOf(document, position);
    // A request that `ready` caused came by the command for explicit ones: to the server it is what it was.
    const automatic = this.#again !== undefined && same(this.#again, place);
    this.#again = undefined;
    const kind = automatic ? vscode.InlineCompletionTriggerKind.Automatic : context.triggerKind;
    const version = document.version;
    const answer = await next(document, position, { ...context, triggerKind: kind }, token);
    if (token.isCancellationRequested || document.version !== version) return answer;
    const items = Array.isArray(answer) ? answer : (answer?.items ?? []);
    this.#took(document, position, version, items[0]);
    return answer;
  };

  /** A late answer is there: if the cursor is still where it belongs, VS Code is made to ask again. */
  readonly ready = async (told: Ready): Promise<void> => {
    const editor = vscode.window.activeTextEditor;
    if (!editor) return;
    const { document, selection } = editor;
    const uri = this.#client()?.code2ProtocolConverter.asUri(document.uri);
    const here = placeOf(document, selection.active);
    if (uri !== told.uri || (told.version ?? document.version) !== document.version) return;
    if (same(here, { ...told.position, uri: here.uri })) await this.#ask(editor);
  };

  /** There is a model now: what was typed while there was none is asked for, if it was the last thing that happened. */
  readonly modelReady = async (): Promise<void> => {
    const editor = vscode.window.activeTextEditor;
    if (!editor) return;
    const { uri, version } = editor.document;
    if (this.#edited?.uri === uri.toString() && this.#edited.version === version) await this.#ask(editor);
  };

  /** As if a key had been pressed. VS Code has a command for explicit requests only: `provide` tells them apart. */
  async #ask(editor: vscode.TextEditor): Promise<void> {
    if (!editor.selection.isEmpty || !editorShows(editor.document)) return;
    // An explicit request keeps what is shown in front of what comes: first lines would stand before the whole block.
    if (this.#current()) await vscode.commands.executeCommand("editor.action.inlineSuggest.hide");
    this.#again = placeOf(editor.document, editor.selection.active);
    await vscode.commands.executeCommand("editor.action.inlineSuggest.trigger");
  }

  /** Take the next word: a Chinese one by its dictionary, else the editor's. */
  readonly acceptWord = async (): Promise<void> => {
    const held = this.#current();
    if (held) void this.#command("abacus.acceptPart", held.offer.id, "word");
    const word = held && chineseWord(held.offer.text);
    if (!held || word === undefined) {
      await vscode.commands.executeCommand("editor.action.inlineSuggest.acceptNextWord");
      return;
    }
    const at = held.editor.selection.active;
    await held.editor.edit((edit) => edit.insert(at, word));
  };

  readonly acceptLine = async (): Promise<void> => {
    const held = this.#current();
    if (held) void this.#command("abacus.acceptPart", held.offer.id, "line");
    await vscode.commands.executeCommand("editor.action.inlineSuggest.acceptNextLine");
  };

  /** Hide it, and tell the server that it was not wanted. */
  readonly dismiss = async (): Promise<void> => {
    const held = this.#current();
    if (held) void this.#client()?.sendNotification("$/abacus/rejected", { id: held.offer.id });
    this.#offers.take(undefined);
    await vscode.commands.executeCommand("editor.action.inlineSuggest.hide");
  };

  #current(): { editor: vscode.TextEditor; offer: Offer } | undefined {
    const editor = vscode.window.activeTextEditor;
    if (!editor) return undefined;
    const { document, selection } = editor;
    const offer = this.#offers.at(placeOf(document, selection.active), document.version);
    return offer && { editor, offer };
  }

  #took(
    document: vscode.TextDocument,
    position: vscode.Position,
    version: number,
    item: vscode.InlineCompletionItem | undefined,
  ): void {
    const offer = item && offerOf(document, position, version, item);
    this.#offers.take(offer);
    void vscode.commands.executeCommand("setContext", "abacusLsp.offered", offer !== undefined);
    if (offer) void this.#client()?.sendNotification("$/abacus/shown", { id: offer.id });
  }

  #rests(editor: vscode.TextEditor | undefined): void {
    clearTimeout(this.#resting);
    if (editor?.document.uri.scheme !== "file") return;
    this.#resting = setTimeout(() => {
      const client = this.#client();
      if (!client) return;
      const { document, selection } = editor;
      void client.sendNotification("$/abacus/cursor", {
        textDocument: { uri: client.code2ProtocolConverter.asUri(document.uri) },
        position: client.code2ProtocolConverter.asPosition(selection.active),
      });
    }, RESTS_MS);
  }

  async #command(command: string, ...args: unknown[]): Promise<unknown> {
    return this.#client()?.sendRequest("workspace/executeCommand", { command, arguments: args });
  }

  dispose(): void {
    clearTimeout(this.#resting);
    for (const each of this.#subscriptions) each.dispose();
  }
}

function placeOf(document: vscode.TextDocument, position: vscode.Position): Place {
  return { uri: document.uri.toString(), line: position.line, character: position.character };
}

function offerOf(
  document: vscode.TextDocument,
  position: vscode.Position,
  version: number,
  item: vscode.InlineCompletionItem,
): Offer | undefined {
  const id: unknown = item.command?.arguments?.[0];
  if (typeof item.insertText !== "string" || typeof id !== "number") return undefined;
  const typed = item.range ? document.getText(new vscode.Range(item.range.start, position)) : "";
  const text = behind(item.insertText, typed);
  return text === undefined ? undefined : { id, place: placeOf(document, position), version, text };
}
