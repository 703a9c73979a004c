import path from 'node:path';
import { isDigest } from '../oci/digest.ts';
import { encodeText } from './parse-bytes.ts';
import type { CopyAction, Vertex } from '../solve/graph.ts';
import { expandWord } from './expand.ts';
import type { CopyInstruction, InlineFile, Word } from './instructions.ts';
import { addSource } from './lower-add-source.ts';
import { isMode } from './lower-values.ts';
import { workingDirectory } from './lower-workdir.ts';
import { expandIn, invalid, placed, shownText, stepDone } from './stage.ts';
import type { StageInstruction, StageScope } from './stage.ts';

type Step = StageInstruction<CopyInstruction>;

/** What all actions of one COPY or ADD have in common. */
interface Common {
  readonly dest: string;
  readonly owner?: string;
  readonly mode?: string;
}

/** COPY and ADD. @throws ToolError DOCKERFILE_INVALID */
export function lowerCopy(scope: StageScope, step: Step): void {
  const { state } = scope;
  const { kind, link, parents, sources, dest, span, source: text } = step.instruction;
  const inputs: Vertex[] = [state.vertex];
  const input = (vertex: Vertex): number => {
    const known = inputs.indexOf(vertex, 1);
    return known >= 0 ? known : inputs.push(vertex) - 1;
  };
  const option = (word: Word | undefined): string => (word ? expandIn(scope, step, word) : '');
  const [owner, mode, to] = [option(step.instruction.chown), option(step.instruction.chmod), option(dest)];
  checkMode(step, mode);
  const common: Common = {
    dest: destination(scope, to),
    ...(owner === '' ? {} : { owner }),
    ...(mode === '' ? {} : { mode }),
  };
  // Files of heredocs come after all others, as in BuildKit.
  const words = sources.flatMap((source) => (source.kind === 'path' ? [source.word] : []));
  const files = sources.flatMap((source) => (source.kind === 'inline' ? [source.file] : []));
  const paths = words.map((word) => expandIn(scope, step, word));
  const checksum = option(step.instruction.checksum);
  checkChecksum(step, checksum, paths);
  const where = step.place(span);
  const actions: CopyAction[] = [
    ...paths.map((from, index) =>
      placed(step.place(words[index]?.span ?? span), () =>
        sourceAction(scope, step, { from, checksum, common, input }),
      ),
    ),
    ...files.map((file) => placed(step.place(file.span), () => inlineAction(scope, file, common))),
  ].map((action) => ({ ...action, where }));
  const vertex: Vertex = {
    // BuildKit makes no independent layer where modes are changed.
    op: { kind: 'copy', actions, link: link && mode === '' },
    inputs,
    ...scope.next(step, shownText(scope, text)),
    ...(scope.fresh ? { fresh: true } : {}),
  };
  const said = [
    kind.toUpperCase(),
    ...(parents ? ['--parents'] : []),
    ...(owner === '' ? [] : [`--chown=${owner}`]),
    ...(mode === '' ? [] : [`--chmod=${mode}`]),
    ...paths,
    ...files.map(({ name }) => `<<${name}`),
    to,
  ];
  stepDone(scope, vertex, `${said.join(' ')} # buildkit`);
}

/** Absolute and clean; a trailing slash stays, and `/.` is one. */
function destination(scope: StageScope, to: string): string {
  const absolute = path.posix.resolve(workingDirectory(scope), to);
  const directory = /(?:^|\/)\.?$/.test(to);
  return directory && absolute !== '/' ? `${absolute}/` : absolute;
}

interface SourceRequest {
  readonly from: string;
  readonly checksum: string;
  readonly common: Common;
  readonly input: (vertex: Vertex) => number;
}

function sourceAction(
  scope: StageScope,
  step: Step,
  { from, checksum, common, input }: SourceRequest,
): CopyAction {
  const { kind, parents, exclude, keepGitDir, unpack } = step.instruction;
  const source = addSource(from);
  const base = { kind: 'copy', ...common, parents: false, exclude: exclude.map(({ text }) => text) } as const;
  if (source.kind !== 'path' && kind === 'copy') {
    const what = source.kind === 'git' ? 'Git repositories' : 'URLs';
    throw invalid(`COPY does not take ${what}`, 'ADD does.');
  }
  if (source.kind === 'http') {
    if (checksum !== '' && !isDigest(checksum))
      throw invalid(
        `--checksum=${checksum} is no SHA-256 digest`,
        'Write it as sha256: and 64 hexadecimal digits.',
      );
    const options = isDigest(checksum) ? { checksum } : {};
    return {
      ...base,
      input: input(scope.resolver.http(from, options)),
      sources: [source.file],
      unpack: unpack ?? false,
      literal: true,
    };
  }
  if (source.kind === 'git') {
    if (keepGitDir !== undefined && source.keepGitDir !== undefined && keepGitDir !== source.keepGitDir)
      throw invalid('the URL and --keep-git-dir contradict each other', 'Leave one of them out.');
    if (checksum !== '' && source.checksum !== undefined && checksum !== source.checksum)
      throw invalid('the URL and --checksum name different commits', 'Leave one of them out.');
    const commit = source.checksum ?? checksum;
    const options = {
      keepGitDir: source.keepGitDir ?? keepGitDir ?? false,
      ...(commit === '' ? {} : { checksum: commit }),
    };
    return {
      ...base,
      input: input(scope.resolver.git(from, options)),
      sources: ['/'],
      unpack: false,
      literal: true,
    };
  }
  const { from: stage } = step.instruction;
  return {
    ...base,
    input: input(stage ? scope.source(stage.text, 'copy') : scope.resolver.context()),
    sources: [from],
    parents,
    unpack: unpack ?? kind === 'add',
  };
}

/** Variables in a heredoc are replaced unless its name was quoted; quotes are characters of the file. */
function inlineAction({ state }: StageScope, file: InlineFile, common: Common): CopyAction {
  const content = file.expand
    ? expandWord(file.content, state.env, { escape: '\\', mode: 'heredoc' })
    : file.content;
  return { kind: 'inline', name: file.name, bytes: encodeText(content), ...common };
}

function checkMode({ instruction, place }: Step, mode: string): void {
  if (mode === '' || isMode(mode)) return;
  throw invalid(
    `--chmod=${mode} is not a mode`,
    'Give an octal number up to 7777, or changes such as u=rwX,go=rX.',
    place(instruction.chmod?.span ?? instruction.span),
  );
}

function checkChecksum({ instruction, place }: Step, checksum: string, paths: readonly string[]): void {
  if (checksum === '') return;
  const where = place(instruction.checksum?.span ?? instruction.span);
  const [only] = paths;
  if (only === undefined || paths.length > 1)
    throw invalid('--checksum is for one source', 'Write one ADD for each.', where);
  if (placed(where, () => addSource(only)).kind === 'path')
    throw invalid(
      '--checksum is for URLs and Git repositories',
      'Leave it out: the build context is what it is.',
      where,
    );
}
