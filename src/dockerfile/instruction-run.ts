import { didYouMean, dockerfileError, quoted } from './dockerfile-error.ts';
import { commandForm, type Base } from './instruction-command.ts';
import { readFlagValues } from './instruction-flags.ts';
import { typeMount } from './instruction-mount.ts';
import type { RunInstruction, Word } from './instructions.ts';
import type { Dockerfile, InstructionNode } from './syntax.ts';

/** RUN, in both forms, with its mounts. */
export function typeRun(node: InstructionNode, dockerfile: Dockerfile, base: Base): RunInstruction {
  const device = node.flags.find(({ name }) => name === 'device');
  if (device) {
    throw dockerfileError(
      dockerfile,
      device.span,
      'RUN --device is not done: steps see no devices of the machine',
      'Leave the flag out, or build this Dockerfile with BuildKit.',
      'UNSUPPORTED',
    );
  }
  const flags = readFlagValues(node, dockerfile, { mount: 'list', network: 'text', security: 'text' });
  const network = oneOf('network', ['default', 'none', 'host']);
  const security = oneOf('security', ['sandbox', 'insecure']);
  return {
    kind: 'run',
    ...base,
    command: commandForm(node, dockerfile),
    mounts: flags.list('mount').map((flag) => typeMount(flag, dockerfile)),
    ...(network === undefined ? {} : { network }),
    ...(security === undefined ? {} : { security }),
  };

  function oneOf(name: string, values: readonly string[]): Word | undefined {
    const word = flags.text(name);
    const flag = node.flags.find((one) => one.name === name);
    if (flag === undefined || (word && values.includes(word.text))) return word;
    throw dockerfileError(
      dockerfile,
      flag.valueSpan ?? flag.span,
      `--${name} cannot be ${quoted(flag.value ?? '')}`,
      `${didYouMean(flag.value ?? '', values, `--${name}=`)} Variables are not expanded here.`,
    );
  }
}
