import { quote } from '../../remote/framing.ts';

/** Words for sh that stand for exactly these texts: what `eval "set -- …"` takes apart again. */
export function quoteAll(words: readonly string[]): string {
  return words.map((word) => quote(word)).join(' ');
}
