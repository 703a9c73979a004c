/** The made parts of docs/bases.md: the names, the tree of decisions, Debian's variants, what they leave out, and which recipe stands for which script. */
import { format } from 'prettier';
import { knownScripts } from '../src/base/debian/known-scripts.ts';
import { recipes } from '../src/base/debian/recipes/all.ts';
import { harmlessParts } from '../src/base/debian/script-form.ts';
import { variants } from '../src/base/debian/variants.ts';
import type { Variant } from '../src/base/debian/variants.ts';
import { baseTree } from '../src/bases/decide.ts';
import type { Question } from '../src/bases/decide.ts';
import { namedBases } from '../src/bases/names.ts';
import { slimRules } from '../src/bases/slim-rules.ts';

/** The page with its made parts made anew; all else in it is written by hand. @throws Error when the page has no place for one */
export async function basesPage(page: string): Promise<string> {
  const made = {
    'base names': namesTable(),
    'base tree': treeList(baseTree, 0),
    'debian variants': variantTable(),
    'debian omissions': omissionTable(),
    'debian slim': slimTable(),
    'debian recipes': recipeTable(),
    'debian harmless': harmlessTable(),
  };
  let text = page;
  for (const [name, part] of Object.entries(made)) {
    const form = new RegExp(`(<!-- made: ${name}[^>]*-->\n)[^]*?(<!-- end of ${name} -->)`);
    if (!form.test(text)) throw new Error(`docs/bases.md has no place for ${name}`);
    text = text.replace(form, (_all, begin: string, end: string) => `${begin}\n${part}\n\n${end}`);
  }
  return format(text, { parser: 'markdown', printWidth: 110, singleQuote: true });
}

function namesTable(): string {
  return table(
    ['name', 'what it is', 'when', 'packages may be added'],
    namedBases.map(({ name, means, when, packages }) => [code(name), means, when, packages ? 'yes' : '']),
  );
}

/** The questions in the order in which they are asked, each answer with what follows from it. */
function treeList({ question, answers }: Question, depth: number): string {
  const indent = '  '.repeat(depth);
  const lines = answers.map(({ answer, leads }) =>
    typeof leads === 'string'
      ? `${indent}  - ${answer}: ${code(leads)}`
      : `${indent}  - ${answer}:\n${treeList(leads, depth + 2)}`,
  );
  return [`${indent}- ${question}`, ...lines].join('\n');
}

const all: Readonly<Record<string, Variant>> = variants;

function variantTable(): string {
  return table(
    ['variant', 'packages', 'for'],
    Object.entries(all).map(([name, { packages, means }]) => [
      code(name),
      packages.map(code).join(', '),
      means,
    ]),
  );
}

function omissionTable(): string {
  const rows = new Map<string, { why: string; of: string[] }>();
  for (const [variant, { without }] of Object.entries(all)) {
    for (const { name, why } of without) {
      const row = rows.get(name) ?? { why, of: [] };
      row.of.push(variant);
      rows.set(name, row);
    }
  }
  const every = Object.keys(all).length;
  return table(
    ['left out', 'of', 'why'],
    [...rows].map(([name, { why, of }]) => [
      code(name),
      of.length === every ? 'all' : of.map(code).join(', '),
      why,
    ]),
  );
}

function slimTable(): string {
  return table(
    ['kind', 'left out', 'why'],
    slimRules.map(({ kind, what, why }) => [kind, what, why]),
  );
}

function recipeTable(): string {
  return table(
    ['package', 'scripts', 'what it does, and the recipe in its place'],
    recipes.map(({ package: name, does }) => [
      code(name),
      Object.keys(knownScripts[name] ?? {}).join(', ') || 'none',
      does,
    ]),
  );
}

function harmlessTable(): string {
  return table(
    ['part', 'what it does'],
    Object.entries(harmlessParts).map(([name, does]) => [code(name), does]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}
