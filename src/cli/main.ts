/** The program's entry. What it loads before it knows the verb, every command pays for. */
import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import path from 'node:path';
import { homeOf } from '../core/home.ts';

// Our own directory, not the shared temporary one that Node would take: what lies there is run. The first command makes it.
const home = homeOf(process.env, process.cwd());
if (existsSync(home)) enableCompileCache(path.join(home, 'node'));
const { command } = await import('./command.ts');

process.exit(await command(process.argv.slice(2)));
