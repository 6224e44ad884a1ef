// Drives VS Code in a browser for tests/e2e/vscode_place.py: one JSON request a line on standard input, one answer
// a line on standard output. Knows the page's elements; what is expected of them is the tests' business.
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const { PLAYWRIGHT, CHROMIUM } = process.env;
const { chromium } = createRequire(`${PLAYWRIGHT}/package.json`)("playwright-core");
const WAIT_MS = 60_000;
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"];

const browser = await chromium.launch({ executablePath: CHROMIUM, headless: true, args: [...FLAGS, "--disable-sync"] });
const context = await browser.newContext({ viewport: { width: 900, height: 480 }, locale: "en" });
const page = await context.newPage();
page.setDefaultTimeout(WAIT_MS);

// The text that the editor shows but the file does not hold: first line in place, the others in a zone below.
const GHOST = () => {
  const clean = (text) => text.replaceAll("\u00a0", " ").replaceAll("\u200b", "");
  const first = [...document.querySelectorAll(".monaco-editor .ghost-text-decoration, .monaco-editor .ghost-text-decoration-preview")];
  const below = [...document.querySelectorAll(".monaco-editor .suggest-preview-text .view-line, .monaco-editor .view-line.ghost-text")];
  return [clean(first.map((each) => each.textContent).join("")), ...below.map((each) => clean(each.textContent))].join("\n");
};

const actions = {
  async open({ url }) {
    await page.goto(url);
    await page.waitForSelector(".monaco-workbench .part.statusbar");
  },
  async editor() {
    await page.waitForSelector(".editor-instance .monaco-editor .view-line");
    await page.locator(".editor-instance .monaco-editor .view-lines").first().click();
  },
  async type({ text, delay = 0 }) {
    await page.keyboard.type(text, { delay });
  },
  async press({ keys }) {
    for (const key of keys) await page.keyboard.press(key);
  },
  ghost: () => page.evaluate(GHOST),
  // The ghost text once it is, or is not (`not`), this one; what there was instead after the time is up.
  async ghostIs({ text, not = false, ms = 30_000 }) {
    const end = Date.now() + ms;
    let seen = await page.evaluate(GHOST);
    while ((seen === text) === not && Date.now() < end) {
      await page.waitForTimeout(25);
      seen = await page.evaluate(GHOST);
    }
    return seen;
  },
  // Text, or a label, of the first element that fits; null when there is none.
  text: ({ selector }) => page.evaluate((wanted) => document.querySelector(wanted)?.textContent ?? null, selector),
  texts: ({ selector }) =>
    page.evaluate((wanted) => [...document.querySelectorAll(wanted)].map((each) => each.textContent), selector),
  status: () =>
    page.evaluate(() => {
      const item = document.querySelector('.statusbar-item[id="abacus-lsp.abacus-lsp.abacus"]');
      if (!item) return null;
      const icon = [...item.querySelectorAll(".codicon")].map((each) => each.className.match(/codicon-([a-z-]+)/)?.[1]);
      return { text: item.textContent.trim(), label: item.querySelector("a")?.ariaLabel ?? item.ariaLabel, icon: icon[0] ?? "" };
    }),
  async click({ selector }) {
    await page.locator(selector).first().click();
  },
  async hover({ selector }) {
    await page.locator(selector).first().hover();
  },
  async waitFor({ selector, state = "visible", ms = WAIT_MS }) {
    await page.locator(selector).first().waitFor({ state, timeout: ms });
  },
  // A command of the palette, by its title.
  async palette({ title }) {
    await page.keyboard.press("F1");
    await page.waitForSelector(".quick-input-widget input");
    await page.keyboard.type(title);
    await page.locator(".quick-input-list .monaco-list-row.focused", { hasText: title }).waitFor();
    await page.keyboard.press("Enter");
  },
  async pick({ text }) {
    await page.locator(".quick-input-list .monaco-list-row", { hasText: text }).first().click();
  },
  // What an input method does: one composition that changes step by step, then the text it is committed as.
  async compose({ steps, between = 0 }) {
    const session = await context.newCDPSession(page);
    const seen = [];
    for (const text of steps) {
      await session.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
      if (between) await page.waitForTimeout(between);
      seen.push(await page.evaluate(GHOST));
    }
    await session.detach();
    return seen;
  },
  async commit({ text }) {
    const session = await context.newCDPSession(page);
    await session.send("Input.insertText", { text });
    await session.detach();
  },
  async screenshot({ path, clip }) {
    await page.screenshot({ path, ...(clip ? { clip } : {}) });
  },
  async close() {
    await browser.close();
  },
};

const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);
say({ result: "ready" });
for await (const line of createInterface({ input: process.stdin })) {
  const { action, ...given } = JSON.parse(line);
  try {
    say({ result: (await actions[action](given)) ?? null });
  } catch (error) {
    say({ error: String(error.message ?? error) });
  }
  if (action === "close") break;
}
await browser.close().catch(() => undefined);
process.exit(0);
