/** English messages with their numbers filled in, as `vscode.l10n.t` does without a translation. */
export const say = (message: string, ...args: (string | number)[]): string =>
  message.replace(/\{(\d+)\}/g, (_, at: string) => String(args[Number(at)]));
