/**
 * go.mod files (go.dev/ref/mod#go-mod-file), read only: what Coracle must know before it runs the go command. Directives that it
 * does not know are read over: a newer Go may know them, and the go command says so when it does not.
 */
import type { SourceRange, ToolError } from '../core/errors.ts';
import { parseDirectives } from './gomod-syntax.ts';
import type { Directive } from './gomod-syntax.ts';
import { rangeOf, syntaxError } from './gomod-words.ts';
import type { Word } from './gomod-words.ts';

export interface ModuleVersion {
  readonly path: string;
  readonly version: string;
  readonly where: SourceRange;
}

export interface Requirement extends ModuleVersion {
  /** Marked `// indirect`. */
  readonly indirect: boolean;
}

export interface Replacement {
  readonly path: string;
  /** Of the version replaced; undefined for all of them. */
  readonly version?: string;
  readonly where: SourceRange;
  /** A module when it has a version, else a directory (absolute, or beginning with `./` or `../`). */
  readonly by: { readonly path: string; readonly version?: string };
}

export interface GoMod {
  readonly file: string;
  /** Missing in a file of no module, which the go command refuses. */
  readonly module?: string;
  /** The `go` line: `1.22`, `1.22.3`. */
  readonly go?: string;
  /** The `toolchain` line: `go1.22.3`, `default`. */
  readonly toolchain?: string;
  readonly require: readonly Requirement[];
  readonly replace: readonly Replacement[];
  readonly exclude: readonly ModuleVersion[];
  /** Packages of the `tool` lines. */
  readonly tools: readonly string[];
  readonly godebug: Readonly<Record<string, string>>;
  /** Where the single lines stand. */
  readonly where: Readonly<Partial<Record<'module' | 'go' | 'toolchain', SourceRange>>>;
}

/** What is said once in a file, and where. */
export interface Header {
  module?: string;
  go?: string;
  toolchain?: string;
  readonly where: Partial<Record<'module' | 'go' | 'toolchain', SourceRange>>;
}

/** What the readers of directives need of their file. */
export interface Source {
  readonly file: string;
  readonly text: string;
}

const goForm = /^[1-9][0-9]*\.(0|[1-9][0-9]*)(\.(0|[1-9][0-9]*))?([a-z]+[0-9]+)?$/;
const toolchainForm = /^default$|^go1($|\.)/;

/**
 * Parses the text of a go.mod.
 * @throws ToolError CONFIG_INVALID with the place of what is wrong
 */
export function parseGoMod(text: string, file: string): GoMod {
  const source = { file, text };
  const header: Header = { where: {} };
  const require: Requirement[] = [];
  const replace: Replacement[] = [];
  const exclude: ModuleVersion[] = [];
  const tools: string[] = [];
  const godebug: Record<string, string> = {};
  for (const directive of parseDirectives(text, file)) {
    switch (directive.verb.text) {
      case 'module':
      case 'go':
      case 'toolchain':
        readHeader(source, directive, directive.verb.text, header);
        break;
      case 'require':
        require.push({
          ...readModuleVersion(source, directive),
          indirect: /^indirect(;|$)/.test(directive.comment),
        });
        break;
      case 'exclude':
        exclude.push(readModuleVersion(source, directive));
        break;
      case 'replace':
        replace.push(readReplacement(source, directive));
        break;
      case 'tool':
        tools.push(one(source, directive).text);
        break;
      case 'godebug':
        readGodebug(source, directive, godebug);
        break;
      default:
    }
  }
  return { file, ...header, require, replace, exclude, tools, godebug };
}

/** Reads a line that may stand only once. */
export function readHeader(
  source: Source,
  directive: Directive,
  verb: 'module' | 'go' | 'toolchain',
  header: Header,
): void {
  if (header[verb] !== undefined) throw fault(source, directive, `a second ${verb} line`);
  const word = one(source, directive);
  if (verb === 'go' && !goForm.test(word.text))
    throw fault(source, directive, `${word.raw} is no Go version such as 1.24.0`, word);
  if (verb === 'toolchain' && !toolchainForm.test(word.text)) {
    throw fault(source, directive, `${word.raw} is no toolchain such as go1.24.0 or default`, word);
  }
  header[verb] = word.text;
  header.where[verb] = rangeOf(
    source.file,
    source.text,
    directive.verb.line === word.line ? directive.verb : word,
    word,
  );
}

/** The only argument of a directive. */
export function one(source: Source, directive: Directive): Word {
  const [word, more] = directive.args;
  if (!word || more) throw fault(source, directive, `${directive.verb.text} takes exactly one argument`);
  return word;
}

function readModuleVersion(source: Source, directive: Directive): ModuleVersion {
  const [path, version, more] = directive.args;
  if (!path || !version || more)
    throw fault(source, directive, `${directive.verb.text} takes a module path and a version`);
  return { path: path.text, version: version.text, where: rangeOf(source.file, source.text, path, version) };
}

/** Reads `old [version] => new [version]`. */
export function readReplacement(source: Source, directive: Directive): Replacement {
  const { args } = directive;
  const arrow = args.findIndex((word) => word.raw === '=>');
  const [path, version] = args.slice(0, Math.max(arrow, 0));
  const [by, byVersion] = args.slice(arrow + 1);
  if (!path || !by || arrow < 1 || arrow > 2 || args.length > arrow + 3) {
    throw fault(
      source,
      directive,
      'replace has the form PATH [VERSION] => PATH VERSION, or PATH [VERSION] => ./DIRECTORY',
    );
  }
  const directory = /^(\/|\.{1,2}(\/|$))/.test(by.text);
  if (directory && byVersion)
    throw fault(source, directive, `the directory ${by.raw} cannot have a version`, byVersion);
  if (!directory && !byVersion) {
    throw fault(
      source,
      directive,
      `${by.raw} needs a version, or must begin with ./ or ../ when it is a directory`,
      by,
    );
  }
  return {
    path: path.text,
    ...(version && { version: version.text }),
    where: rangeOf(source.file, source.text, path, byVersion ?? by),
    by: { path: by.text, ...(byVersion && { version: byVersion.text }) },
  };
}

/** Reads `key=value`. */
export function readGodebug(source: Source, directive: Directive, into: Record<string, string>): void {
  const word = one(source, directive);
  const equals = word.raw.indexOf('=');
  if (equals < 1) throw fault(source, directive, 'godebug has the form KEY=VALUE', word);
  into[word.raw.slice(0, equals)] = word.raw.slice(equals + 1);
}

function fault(source: Source, directive: Directive, message: string, word?: Word): ToolError {
  const first = word ?? directive.args[0] ?? directive.verb;
  return syntaxError(
    source.file,
    source.text,
    message,
    first,
    word ?? directive.args.at(-1) ?? directive.verb,
  );
}
