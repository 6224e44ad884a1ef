/**
 * The next word of an offered text, where VS Code's own notion of a word does not help.
 *
 * VS Code takes a run of Chinese as one word, because nothing in it is blank. Pure: knows text only.
 */

const HAN = /^\s*\p{Script=Han}/u;
const MARKS = /^[，。；：！？、…）】》”’]+/u;

/**
 * The first Chinese word of `text`, with the blanks in front of it and the punctuation behind it;
 * undefined when the text does not begin with Chinese, and the editor's own words are the right ones.
 */
export function chineseWord(text: string): string | undefined {
  if (!HAN.test(text)) return undefined;
  const blanks = /^\s*/.exec(text)?.[0] ?? "";
  const rest = text.slice(blanks.length);
  const segments = new Intl.Segmenter("zh", { granularity: "word" }).segment(rest);
  const word = segments[Symbol.iterator]().next().value?.segment ?? rest;
  const marks = MARKS.exec(rest.slice(word.length))?.[0] ?? "";
  return blanks + word + marks;
}
