/** A word for sh that means `text`, whatever it holds but NUL. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

export function quoteAll(words: readonly string[]): string {
  return words.map((word) => quote(word)).join(' ');
}
