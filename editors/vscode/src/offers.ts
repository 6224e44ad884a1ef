/**
 * The last text that was offered, and whether it is still the one on the screen.
 *
 * Pure state: values in, values out. Positions are the editor's own (line, character in UTF-16 units).
 */

export interface Place {
  uri: string;
  line: number;
  character: number;
}

export interface Offer {
  /** The number under which the server knows it. */
  id: number;
  place: Place;
  /** The document's version it was made for. */
  version: number;
  /** What would stand behind the cursor. */
  text: string;
}

/** Holds one offer: inline suggestions come one at a time. */
export class Offers {
  #last: Offer | undefined;

  take(offer: Offer | undefined): void {
    this.#last = offer;
  }

  /** The document changed: an offer that was typed through stands behind what was typed, any other one is gone. */
  changed(changes: readonly Insertion[], uri: string, version: number): void {
    const last = this.#last;
    if (last !== undefined && last.place.uri === uri && changes.length > 0)
      this.#last = changes.length === 1 ? through(last, changes[0], version) : undefined;
  }

  /** The offer that stands at this place of this version; undefined when the cursor or the text moved on. */
  at(place: Place, version: number): Offer | undefined {
    const last = this.#last;
    return last !== undefined && last.version === version && same(last.place, place) ? last : undefined;
  }
}

/** One change of a document: this many characters from here on were replaced by a text. */
export interface Insertion {
  line: number;
  character: number;
  replaced: number;
  text: string;
}

/** What is left of an offer behind the beginning of it that was inserted where it stands. */
function through(offer: Offer, change: Insertion | undefined, version: number): Offer | undefined {
  if (!change || change.replaced > 0) return undefined;
  const { place, text } = offer;
  if (change.line !== place.line || change.character !== place.character) return undefined;
  if (!text.startsWith(change.text) || text === change.text) return undefined;
  const lines = change.text.split("\n");
  const last = lines[lines.length - 1] ?? "";
  const character = lines.length === 1 ? place.character + last.length : last.length;
  return {
    ...offer,
    version,
    place: { ...place, line: place.line + lines.length - 1, character },
    text: text.slice(change.text.length),
  };
}

export function same(left: Place, right: Place): boolean {
  return left.uri === right.uri && left.line === right.line && left.character === right.character;
}

/**
 * The part of an item's text that stands behind the cursor: an item with a range over the half-typed word repeats it.
 * `typed` is what of the range lies before the cursor; undefined when the item does not begin with it.
 */
export function behind(text: string, typed: string): string | undefined {
  return text.startsWith(typed) ? text.slice(typed.length) : undefined;
}
