/**
 * API keys of endpoints: in VS Code's SecretStorage, and from there into the server's environment.
 *
 * Never in a settings file, an argument or a log. The server reads the variable that `endpoint.keyEnv` names; ours
 * has a name that no other program looks at.
 */

import * as vscode from "vscode";

const SECRET = "endpoint-key";
const VARIABLE = "VSCODE_ENDPOINT_KEY_FOR_COMPLETION";

export class Keys {
  readonly #secrets: vscode.SecretStorage;
  /** Fires when a key was stored or deleted, here or in another window. */
  readonly changed: vscode.Event<unknown>;

  constructor(secrets: vscode.SecretStorage) {
    this.#secrets = secrets;
    this.changed = secrets.onDidChange;
  }

  /** What to add to the server's environment, and under which name; nothing when no key is stored. */
  async environment(): Promise<{ name: string | undefined; variables: Record<string, string> }> {
    const key = await this.#secrets.get(SECRET);
    return key ? { name: VARIABLE, variables: { [VARIABLE]: key } } : { name: undefined, variables: {} };
  }

  /** Ask for a key and keep it. */
  async ask(): Promise<void> {
    const key = await vscode.window.showInputBox({
      title: vscode.l10n.t("API key of the endpoint"),
      prompt: vscode.l10n.t("Kept in the editor's secret storage and handed to the server's process only."),
      password: true,
      ignoreFocusOut: true,
    });
    if (key) await this.#secrets.store(SECRET, key.trim());
  }

  async forget(): Promise<void> {
    await this.#secrets.delete(SECRET);
  }
}
