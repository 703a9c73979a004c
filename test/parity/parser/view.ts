import { durationOf } from '../../../src/dockerfile/instruction-duration.ts';
import type {
  CommandForm,
  CopyInstruction,
  Instruction,
  Word,
} from '../../../src/dockerfile/instructions.ts';
import type { InstructionNode } from '../../../src/dockerfile/syntax.ts';

/** A typed instruction in the shape that main.go makes of BuildKit's. */
export function viewOf(typed: Instruction, node: InstructionNode): unknown {
  switch (typed.kind) {
    case 'from':
      return [typed.image.text, typed.as ?? '', text(typed.platform)];
    case 'arg':
      return typed.args.map(({ name, value }) => [name, value?.text ?? null]);
    case 'env':
    case 'label':
      return typed.pairs.map(({ name, value }) => [name.text, value.text]);
    case 'run': {
      const mounts = typed.mounts.map(({ type, options }) => {
        const option = (name: string): string => text(options.get(name));
        const readonly = option('readonly') || String(type !== 'cache' && type !== 'tmpfs');
        const [from, source, target, id] = ['from', 'source', 'target', 'id'].map(option);
        const required = option('required') === 'true';
        return [type, from, source, target, readonly === 'true', id, option('sharing'), required];
      });
      const network = typed.network?.text ?? 'default';
      return [commandOf(typed.command, node), mounts, network, typed.security?.text ?? 'sandbox'];
    }
    case 'cmd':
    case 'entrypoint':
      return commandOf(typed.command, node);
    case 'copy':
      return [
        sourcesOf(typed),
        ...[typed.from, typed.chown, typed.chmod].map(text),
        ...[typed.link, typed.parents, typed.exclude.map(text)],
      ];
    case 'add':
      return [
        sourcesOf(typed),
        ...[typed.chown, typed.chmod].map(text),
        ...[typed.link, text(typed.checksum), typed.keepGitDir ?? null, typed.unpack ?? null],
        typed.exclude.map(text),
      ];
    case 'expose':
      // BuildKit sorts them by their bytes.
      return typed.ports.map(text).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    case 'volume':
      return typed.volumes.map(text);
    case 'shell':
      return typed.argv;
    case 'healthcheck':
      return healthOf(typed);
    case 'onbuild':
      return typed.trigger;
    case 'user':
    case 'workdir':
    case 'stopsignal':
      return typed.value.text;
    case 'maintainer':
      return typed.value;
    default:
      return typed satisfies never;
  }
}

function text(word: Word | undefined): string {
  return word?.text ?? '';
}

/** Heredocs are compared by themselves: BuildKit puts them into the script later. */
function commandOf(command: CommandForm, node: InstructionNode): unknown {
  return command.form === 'exec' ? [false, command.argv] : [true, [node.rest]];
}

function sourcesOf({ sources, dest }: CopyInstruction): unknown {
  const paths = sources.flatMap((source) => (source.kind === 'path' ? [source.word.text] : []));
  const files = sources.flatMap((source) =>
    source.kind === 'inline' ? [[source.file.name, source.file.content, source.file.expand]] : [],
  );
  return [paths, files, dest.text];
}

function healthOf({ command, options }: Extract<Instruction, { kind: 'healthcheck' }>): unknown {
  const times = ['interval', 'timeout', 'start-period', 'start-interval'].map((name) => {
    const word = options.get(name);
    return String(word ? durationOf(word.text) : 0);
  });
  const retries = Number(options.get('retries')?.text ?? 0);
  if (command === undefined) return [['NONE'], '0', '0', '0', '0', 0];
  const test = command.form === 'exec' ? ['CMD', ...command.argv] : ['CMD-SHELL', command.script];
  return [test, ...times, retries];
}
