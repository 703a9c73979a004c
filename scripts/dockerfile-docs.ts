/** The made parts of docs/dockerfile.md: the language with the cases that try it, and where Coracle differs from BuildKit. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { format } from 'prettier';
import { flagForm } from '../src/cli/help.ts';
import { cacheFlags, dockerfileFlags } from '../src/cli/dockerfile-flags.ts';
import type { Flag } from '../src/cli/verb.ts';
import { runsSteps } from '../test/parity/case.ts';
import { cases } from '../test/parity/cases.ts';
import { coverage } from '../test/parity/coverage.ts';
import { flagTests, language } from './dockerfile-language.ts';

/** The page with its made parts made anew; all else in it is written by hand. @throws Error when words and tests do not fit */
export async function dockerfilePage(page: string): Promise<string> {
  checkWords();
  const made = { numbers: numbers(), language: `${sections()}\n\n${flags()}`, differences: differences() };
  let text = page;
  for (const [name, part] of Object.entries(made)) {
    const form = new RegExp(`(<!-- made: ${name}[^>]*-->\n)[^]*?(<!-- end of ${name} -->)`);
    if (!form.test(text)) throw new Error(`docs/dockerfile.md has no place for ${name}`);
    text = text.replace(form, (_all, begin: string, end: string) => `${begin}\n${part}\n\n${end}`);
  }
  return format(text, { parser: 'markdown', printWidth: 110 });
}

/** Each row of the coverage has words, and no words are for nothing. */
function checkWords(): void {
  const described = Object.entries(language).flatMap(([name, { options = {} }]) => [
    name,
    ...Object.keys(options).map((option) => `${name} ${option}`),
  ]);
  const covered = new Set(
    coverage.flatMap(({ instruction, option }) => [
      instruction,
      ...(option === undefined ? [] : [`${instruction} ${option}`]),
    ]),
  );
  const silent = [...covered].filter((name) => !described.includes(name));
  const stray = described.filter((name) => !covered.has(name));
  if (silent.length + stray.length > 0)
    throw new Error(
      `scripts/dockerfile-language.ts does not say: ${silent.join(', ') || 'nothing'}; it says what no case covers: ${stray.join(', ') || 'nothing'}`,
    );
}

function numbers(): string {
  const steps = cases.filter(runsSteps).length;
  const rest = cases.filter(({ manyIds, rootOnly }) => manyIds === true || rootOnly !== undefined).length;
  return wrapped(
    `There are ${cases.length} cases, of which ${steps} run steps. All run as root; those that run steps also as an ordinary user with subordinate ids; and all but ${rest}, which need several ids or root, as one with a single id.`,
  );
}

function sections(): string {
  return Object.entries(language)
    .map(([name, { title, file, what, options = {} }]) => {
      const rows = Object.entries(options).map(([option, says]) =>
        item(`**${code(option)}** ${says}`, casesOf(name, option)),
      );
      const own = ownCases(name);
      return [
        `### ${title}`,
        wrapped(`${what} Cases: [${file}](../test/parity/cases/${file}).`),
        ...(rows.length > 0 ? [rows.join('\n')] : []),
        ...(own.length > 0 ? [`<details><summary>${counted(own, rows.length > 0)}</summary>`] : []),
        ...(own.length > 0 ? [wrapped(own.join('; ')), '</details>'] : []),
      ].join('\n\n');
    })
    .join('\n\n');
}

function counted(names: readonly string[], others: boolean): string {
  return `${names.length} ${others ? 'further ' : ''}${names.length === 1 ? 'case' : 'cases'}`;
}

function casesOf(instruction: string, option: string | undefined): readonly string[] {
  const row = coverage.find((each) => each.instruction === instruction && each.option === option);
  return (row?.cases ?? []).map(plain);
}

/** Cases of the instruction that stand at none of its options. */
function ownCases(instruction: string): readonly string[] {
  const { options = {} } = language[instruction] ?? {};
  const named = new Set(Object.keys(options).flatMap((option) => casesOf(instruction, option)));
  return casesOf(instruction, undefined).filter((name) => !named.has(name));
}

/** Flags that no case has, as they are how and not what. @throws Error for a flag without a test */
function flags(): string {
  const cased = new Set(Object.keys(language['option']?.options ?? {}));
  const others = [...dockerfileFlags, ...cacheFlags].filter(({ name }) => !cased.has(`--${name}`));
  const lines = others.map((flag: Flag) => {
    const files = flagTests[flag.name] ?? [];
    const there = files.filter((file) => existsSync(path.join(import.meta.dirname, '..', file)));
    if (files.length === 0 || there.length < files.length)
      throw new Error(`scripts/dockerfile-language.ts: --${flag.name} has no test, or one that is not there`);
    const links = files.map((file) => `[${path.basename(file)}](../${file})`);
    return wrapped(`- \`${flagForm(flag)}\` ${links.join(', ')}`).replaceAll('\n', '\n  ');
  });
  return ['Flags that say how it is built, with the tests that try them:', lines.join('\n')].join('\n\n');
}

/** Reasons with the cases that hold them. */
function differences(): string {
  const byReason = new Map<string, string[]>();
  for (const { name, expect } of cases) {
    if (expect === undefined || expect === 'same' || !('differs' in expect)) continue;
    byReason.set(expect.differs, [...(byReason.get(expect.differs) ?? []), plain(name)]);
  }
  return [...byReason].map(([reason, names]) => item(`${sentence(reason)}.`, names)).join('\n');
}

function sentence(text: string): string {
  return plain(text.charAt(0).toUpperCase() + text.slice(1));
}

function item(text: string, names: readonly string[]): string {
  return wrapped(`- ${text} _${names.join('; ')}_`).replaceAll('\n', '\n  ');
}

function code(text: string): string {
  return /^[A-Za-z ]+$/.test(text) && text !== 'AS' && text !== 'NONE' ? text : `\`${text}\``;
}

/** What a case is called, with nothing in it that Markdown would take for its own. */
function plain(text: string): string {
  return text.replaceAll(/[\\`*_<>[\]]/g, (mark) => `\\${mark}`);
}

/** Lines of at most 110 characters. */
function wrapped(text: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > 110) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join('\n');
}

export const dockerfileFile = path.join(import.meta.dirname, '..', 'docs', 'dockerfile.md');
