import path from 'node:path';
import type { Output } from '../build/types.ts';
import { closest } from '../core/closest.ts';
import { ToolError } from '../core/errors.ts';
import { csvPairs } from './csv.ts';

const types = ['oci', 'docker', 'tar', 'local', 'registry', 'image'] as const;

/**
 * One value of `--output` in buildx's grammar: `type=oci,dest=out.tar`, with `tar=false` for a directory; a path alone is
 * `type=local`, `-` alone is a tar on standard output. `type=image,push=true` is `type=registry`. Without `dest`, `docker` loads
 * into an engine, `oci` and `tar` go to standard output.
 * @throws ToolError USAGE
 */
export function parseOutput(text: string, cwd: string): Output | undefined {
  if (text === '-') return { type: 'tar', dest: '-' };
  if (!text.includes('=') && !text.includes(',')) return { type: 'local', dest: place(text, cwd) };
  const pairs = csvPairs(text, '--output');
  const take = (name: string): string | undefined => {
    const value = pairs.get(name);
    pairs.delete(name);
    return value;
  };
  const said = take('type');
  const type = types.find((each) => each === said);
  if (type === undefined) {
    const guess = said === undefined ? undefined : closest(said, types);
    throw new ToolError(
      'USAGE',
      said === undefined
        ? `--output ${text}: there is no type`
        : `--output: there is no type ${JSON.stringify(said)}`,
      {
        hint: `${guess === undefined ? '' : `Did you mean type=${guess}? `}The types are ${types.join(', ')}; for example -o type=oci,dest=image.tar.`,
      },
    );
  }
  const dest = take('dest');
  const push = bool('push', take('push'));
  const tar = bool('tar', take('tar'));
  const unknown = [...pairs.keys()][0];
  if (unknown !== undefined) {
    throw new ToolError('USAGE', `--output: type=${type} has no option ${JSON.stringify(unknown)}`, {
      hint: unknown === 'name' ? 'Names are given with -t.' : 'It takes dest and tar.',
    });
  }
  if (type === 'image') return push ? { type: 'registry' } : undefined; // the store always gets the image
  if (type === 'registry') return { type };
  if (type === 'docker' && dest === undefined && tar !== false) return { type: 'load' };
  if (type === 'local' || tar === false) {
    if (dest === undefined || dest === '-') {
      throw new ToolError('USAGE', `--output ${text}: a directory is needed`, {
        hint: 'Add dest=DIRECTORY.',
      });
    }
    if (type === 'tar') throw new ToolError('USAGE', `--output ${text}: use type=local for a directory`);
    return { type, dest: place(dest, cwd), ...(tar === undefined ? {} : { tar }) };
  }
  return {
    type,
    dest: dest === undefined ? '-' : place(dest, cwd),
    ...(tar === undefined ? {} : { tar }),
  };
}

function place(dest: string, cwd: string): string {
  if (dest === '') throw new ToolError('USAGE', '--output: the destination is empty');
  return dest === '-' ? dest : path.resolve(cwd, dest);
}

function bool(name: string, value: string | undefined): boolean | undefined {
  if (value === undefined) return undefined;
  if (value === 'true' || value === '1') return true;
  if (value === 'false' || value === '0') return false;
  throw new ToolError('USAGE', `--output: ${name} is true or false, not ${JSON.stringify(value)}`);
}
