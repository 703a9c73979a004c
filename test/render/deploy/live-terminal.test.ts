import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { hasTmux, shell } from '../../view/tmux.ts';

const program = path.join(import.meta.dirname, 'show-live.ts');

describe.skipIf(!hasTmux)('a deploy on a terminal', () => {
  test('hosts, phases and figures stand still, follow the window, and stay when it is over', async () => {
    const { type, press, until, resize, ask } = await shell(80, 24);
    await type(`clear; "$NODE" ${program}`);
    await press('Enter');
    await until((lines) => {
      const at = lines.findIndex((line) => line.includes('connect  image'));
      expect(lines[at]?.trim()).toBe('connect  image    start    prove    shift   confirm  retire');
      expect(lines.slice(at + 1, at + 4).every((line) => / web\d  ✓ 0.4 s .* 25 % /.test(line))).toBe(true);
      expect(lines[at + 5]).toMatch(/ new  25 %  1,204 requests/);
    });
    await resize(50, 20);
    await until((lines) => expect(lines.join('\n')).toMatch(/ web1  ✓✓✓✓.··  shift 25 %/));
    await resize(80, 24);
    await until((lines) => expect(lines.join('\n')).toMatch(/ web3  ✓ 0.4 s .* 25 % /));
    await type('all is lost');
    await press('Enter');
    await until((lines) => {
      const text = lines.join('\n');
      expect(text).toContain('warning: all is lost');
      expect(text).toMatch(/ web1 .*↶/);
      expect(text).toMatch(/ web2 .*✗ 5 % errors/);
      expect(text).not.toContain('1,204 requests');
    });
    expect(await ask('#{cursor_flag}')).toBe('1');
  });
});
