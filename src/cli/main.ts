/** The program's entry. What it loads before it knows the verb, every command pays for. */
import { command } from './command.ts';

process.exit(await command(process.argv.slice(2)));
