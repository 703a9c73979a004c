/** go.work files (go.dev/ref/mod#workspaces), read only; as tolerant of unknown directives as the reader of go.mod. */
import type { SourceRange } from '../core/errors.ts';
import { parseDirectives } from './gomod-syntax.ts';
import { rangeOf } from './gomod-words.ts';
import { one, readGodebug, readHeader, readReplacement } from './gomod.ts';
import type { Header, Replacement } from './gomod.ts';

export interface GoWork {
  readonly file: string;
  readonly go?: string;
  readonly toolchain?: string;
  /** Module directories, as written. */
  readonly use: readonly { readonly path: string; readonly where: SourceRange }[];
  readonly replace: readonly Replacement[];
  readonly godebug: Readonly<Record<string, string>>;
  readonly where: Readonly<Partial<Record<'go' | 'toolchain', SourceRange>>>;
}

/**
 * Parses the text of a go.work.
 * @throws ToolError CONFIG_INVALID with the place of what is wrong
 */
export function parseGoWork(text: string, file: string): GoWork {
  const source = { file, text };
  const header: Header = { where: {} };
  const use: { path: string; where: SourceRange }[] = [];
  const replace: Replacement[] = [];
  const godebug: Record<string, string> = {};
  for (const directive of parseDirectives(text, file)) {
    switch (directive.verb.text) {
      case 'go':
      case 'toolchain':
        readHeader(source, directive, directive.verb.text, header);
        break;
      case 'use': {
        const word = one(source, directive);
        use.push({ path: word.text, where: rangeOf(file, text, word) });
        break;
      }
      case 'replace':
        replace.push(readReplacement(source, directive));
        break;
      case 'godebug':
        readGodebug(source, directive, godebug);
        break;
      default:
    }
  }
  const { go, toolchain, where } = header;
  return {
    file,
    ...(go !== undefined && { go }),
    ...(toolchain !== undefined && { toolchain }),
    use,
    replace,
    godebug,
    where,
  };
}
