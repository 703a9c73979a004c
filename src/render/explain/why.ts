import type { Why } from '../../explain/costs/why.ts';
import { safe } from '../safe.ts';
import { count } from './words.ts';

/** Import chains, as `go mod why` prints them: the main package first, the one that is asked for last. */
export function renderWhy({ name, kind, chains, more }: Why): string {
  const head = `${kind} ${name} is in the program by ${count(chains.length + more, 'import')}:`;
  const blocks = chains.map((chain) =>
    chain.map((each, index) => `${'  '.repeat(index + 1)}${index === 0 ? '' : '-> '}${each}`).join('\n'),
  );
  const rest = more > 0 ? [`  and ${count(more, 'more chain')}`] : [];
  return safe([head, ...blocks, ...rest].join('\n\n'));
}
