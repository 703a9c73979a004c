/**
 * How a script, its values and its input share one standard input, so that the command line on the host is always the same words.
 *
 * The first line is the number of bytes that follow for the shell; then come these bytes: the values as quoted assignments, and the script in
 * braces, so that nothing of a text that was cut off is run; what is left is the script's own input. `dd` reads exactly that many bytes,
 * where a shell that reads its script from a pipe may take some of the input with it.
 */
import { ToolError } from '../core/errors.ts';

/**
 * What is run on the host, whatever the login shell is: no backslash, no `!`, no quote within. It says its process id first, which is also the
 * id of its process group; whatever the shell's start-up files print comes before.
 */
export const remoteCommand =
  'exec sh -c \'echo @coracle $$; IFS= read -r n && s=$(dd bs=$n count=1 iflag=fullblock 2>/dev/null) && eval "$s"\'';

/** The line that `remoteCommand` says first. */
export const opening = /@coracle (\d+)\r?\n/;

/** A word for sh that stands for exactly this text. */
export function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

/** What goes in front of the input. @throws ToolError CONFIG_INVALID for a value that holds a NUL, which no shell can hold */
export function frame(script: string, values: Readonly<Record<string, string>> = {}): Uint8Array {
  const assignments = Object.entries(values).map(([name, value]) => {
    if (!/^[A-Za-z_]\w*$/.test(name))
      throw new ToolError('INTERNAL', `${JSON.stringify(name)} is no name of a shell variable`);
    if (value.includes('\0'))
      throw new ToolError(
        'CONFIG_INVALID',
        `the value of ${name} holds a NUL byte, which no program can be given`,
        {
          hint: 'Take it from a file that the program reads itself.',
        },
      );
    return `${name}=${quote(value)}\n`;
  });
  const body = Buffer.from(`unset s n\n${assignments.join('')}{\n${script}\n}`);
  return Buffer.concat([Buffer.from(`${body.byteLength}\n`), body]);
}
