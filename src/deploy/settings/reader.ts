import type { DeployConfig } from '../../config/deploy.ts';
import type { LoadedEnvironment } from '../../config/environment.ts';
import { byteCount, nanoseconds, type From } from '../../config/values.ts';
import { commandWords } from '../../config/words.ts';
import { ToolError } from '../../core/errors.ts';

/** Keys below `deploy:`. */
export type Keys = readonly (string | number)[];

/** What the parts of the settings are read with; each error points at the line that it is about. */
export interface Reader {
  readonly loaded: LoadedEnvironment;
  readonly deploy: DeployConfig;
  readonly service: string;
  /** An error about the value at these keys, or the innermost place above that is written. */
  fail(keys: Keys, message: string, hint?: string): ToolError;
  /** Milliseconds. */
  time(keys: Keys, text: string): number;
  bytes(keys: Keys, text: string): number;
  /** `5%` or 0.05, as 0.05. */
  share(keys: Keys, text: string): number;
  /** As its words. */
  command(keys: Keys, command: string | readonly string[]): readonly [string, ...string[]];
}

export function readerOf(loaded: LoadedEnvironment, deploy: DeployConfig, service: string): Reader {
  const from = (keys: Keys): From => {
    const all = ['deploy', ...keys];
    for (let depth = all.length; depth > 0; depth--) {
      const { where } = loaded.origin(...all.slice(0, depth));
      if (where) return { name: nameOf(all), where };
    }
    return { name: nameOf(all), where: { file: loaded.shown, line: 1 } };
  };
  const fail: Reader['fail'] = (keys, message, hint) => {
    const { name, where } = from(keys);
    return new ToolError('CONFIG_INVALID', `${name}: ${message}`, {
      ...(where && { where }),
      ...(hint === undefined ? {} : { hint }),
    });
  };
  return {
    loaded,
    deploy,
    service,
    fail,
    time: (keys, text) => nanoseconds(text, from(keys)) / 1e6,
    bytes: (keys, text) => byteCount(text, from(keys)),
    share(keys, text) {
      const form = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text);
      const value = form ? Number(form[1]) / (form[2] === '%' ? 100 : 1) : NaN;
      if (value >= 0 && value <= 1) return value;
      throw fail(keys, `${JSON.stringify(text)} is no share`, 'Write it as 5%, or as 0.05.');
    },
    command(keys, command) {
      const [first, ...rest] =
        typeof command === 'string' ? words(command, nameOf(['deploy', ...keys]), keys, fail) : command;
      if (first !== undefined && first !== '') return [first, ...rest];
      throw fail(keys, 'there is no command', 'Write it as ["/app/api", "migrate"].');
    },
  };
}

function words(text: string, name: string, keys: Keys, fail: Reader['fail']): readonly string[] {
  try {
    return commandWords(text, { name });
  } catch (error) {
    if (!(error instanceof ToolError)) throw error;
    throw fail(keys, error.message.replace(`${name}: `, ''), error.hint);
  }
}

/** `deploy.hosts[1].address` */
export function nameOf(keys: Keys): string {
  return keys
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index === 0 ? '' : '.'}${key}`))
    .join('');
}
