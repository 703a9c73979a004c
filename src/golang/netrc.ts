/** Credentials from a .netrc file, as the go command and curl read it. */
import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../core/ctx.ts';

export interface Login {
  readonly user: string;
  readonly password: string;
}

/** The login for `host` in `$NETRC` or `~/.netrc`; a file that is missing or may not be read holds none. */
export async function netrcLogin(ctx: Ctx, host: string): Promise<Login | undefined> {
  const home = ctx.env['HOME'];
  const file = ctx.env['NETRC'] || (home && path.join(home, '.netrc'));
  const text = file ? await fs.readFile(file, 'utf8').catch(() => '') : '';
  return parseNetrc(text).get(host);
}

/** The machines of a .netrc text; the first entry of a name counts. Macros and the `default` entry are left out, as in Go. */
export function parseNetrc(text: string): Map<string, Login> {
  const logins = new Map<string, Login>();
  let machine: string | undefined;
  let user: string | undefined;
  let password: string | undefined;
  let macro = false;
  for (const line of text.split('\n')) {
    if (macro) {
      if (line.trim() === '') macro = false;
      continue;
    }
    const words = line.split(/\s+/).filter((word) => word !== '');
    for (let at = 0; at < words.length; at += 2) {
      const [key, value] = [words[at], words[at + 1]];
      if (key === 'macdef') {
        macro = true;
        break;
      }
      if (key === 'default') return logins; // it must be last, and gives a password to whoever asks
      if (key === 'machine') [machine, user, password] = [value, undefined, undefined];
      else if (key === 'login') user = value;
      else if (key === 'password') password = value;
      if (machine !== undefined && user !== undefined && password !== undefined) {
        if (!logins.has(machine)) logins.set(machine, { user, password });
        machine = undefined;
      }
    }
  }
  return logins;
}
