import { expect, test } from 'vitest';
import { frame, opening, quote, remoteCommand } from '../../src/remote/framing.ts';
import { describeWith, installed, tryCall } from '../components/program.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** Runs what a host would run, by this shell in place of its `sh`. */
async function onShell(
  shell: readonly string[],
  input: string | Uint8Array,
): Promise<{ code: number; stdout: string }> {
  const command = remoteCommand.replace('exec sh', `exec ${shell.join(' ')}`);
  const exit = await tryCall(['/bin/sh', '-c', command], { input });
  return { code: exit.code, stdout: exit.stdout.replace(opening, '') };
}

// Every byte that UTF-8 can have behind another is in here; dash marks places of its own with some of them.
const letters = Array.from({ length: 0x6f_ff - 1 }, (_, index) => String.fromCodePoint(index + 1)).join('');
const nasty = `it's "$HOME" \`id\` \\ \\n !! $(id)\n\n  two  spaces\t\r\n'' ${letters}\n\n`;

const shells = [['dash'], ['bash'], ['bash', '--posix'], ['busybox', 'sh']] as const;

for (const shell of shells) {
  describeWith([installed(shell[0])], shell.join(' '), () => {
    test('values arrive byte by byte, and so does the input', async () => {
      const script = 'printf %s "$VALUE"; printf "|"; cat; exit 7';
      const head = frame(script, { VALUE: nasty });
      const { code, stdout } = await onShell(shell, Buffer.concat([head, Buffer.from('in\nput')]));
      expect(stdout).toBe(`${nasty}|in\nput`);
      expect(code).toBe(7);
    });

    test('a script that was cut off does nothing', async () => {
      const head = frame('echo first\necho second');
      for (const missing of [1, 3, 12]) {
        const { stdout } = await onShell(shell, head.subarray(0, head.byteLength - missing));
        expect(stdout).toBe('');
      }
    });

    test('a script may have here-documents, functions and traps', async () => {
      const script =
        'trap "echo end" EXIT\ngreet() {\ncat <<EOF\nhello $1\nEOF\n}\nset -eu\ngreet you\nfalse\necho no';
      const { code, stdout } = await onShell(shell, frame(script));
      expect(stdout).toBe('hello you\nend\n');
      expect(code).toBe(1);
    });
  });
}

test('the command line on the host holds nothing that csh or fish would read otherwise', () => {
  const [, inner = ''] = /^exec sh -c '(.*)'$/s.exec(remoteCommand) ?? [];
  expect(inner).not.toBe('');
  expect(inner).not.toMatch(/['\\!\n]/);
});

test('a value with a NUL byte is refused, and a name that is none', () => {
  expect(() => frame('true', { A: 'a\0b' })).toThrow(/NUL/);
  expect(() => frame('true', { 'A=1;id': 'x' })).toThrow(/no name/);
});

test('quote', () => {
  expect(quote("a'b")).toBe(String.raw`'a'\''b'`);
  expect(text(frame('', { A: "'" }))).toContain(String.raw`A=''\'''`);
});
