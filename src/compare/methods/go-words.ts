import { buildFlags, effectiveTags, readFlags } from '../../golang/build-flags.ts';
import { muslFlags } from '../../golang/musl-compiler.ts';
import type { ComparedProgram } from '../program.ts';
import type { Recipe } from './recipe.ts';
import { shellWord } from './words.ts';

/** The go command of a recipe as a shell's line, with the variables that it needs; the programs go to `output`. */
export function goLine(program: ComparedProgram, recipe: Recipe, output: string): string {
  const { packages, go } = program;
  const only = packages.length === 1 ? packages[0]?.name : undefined;
  const variables = { ...variablesOf(recipe), ...go.env };
  return [
    ...Object.entries(variables).map(([name, value]) => shellWord(`${name}=${value}`)),
    ...['go', 'build'],
    ...flagsOf(program, recipe).map(shellWord),
    ...['-o', shellWord(only === undefined ? `${output}/` : `${output}/${only}`)],
    ...packages.map(({ path }) => shellWord(path)),
  ].join(' ');
}

function variablesOf({ linking }: Recipe): Record<string, string> {
  if (linking === 'off') return { CGO_ENABLED: '0' };
  return {
    CGO_ENABLED: '1',
    ...(linking === 'musl' || linking === 'static-musl' ? { CC: 'musl-gcc' } : {}),
    ...(linking === 'static-musl' ? muslFlags(undefined) : {}),
  };
}

function flagsOf({ go }: ComparedProgram, { linking, plain = false }: Recipe): string[] {
  const { flags, tags, ldflags, gcflags } = go;
  if (plain && linking !== 'static') return plainFlags(go);
  // Programs of the standard library's own C alone are linked by Go itself, for glibc's loader.
  const outside = linking === 'musl' ? ['-linkmode=external'] : [];
  const said = buildFlags(
    {
      cgo: linking === 'musl' ? 'dynamic' : linking,
      ...{ strip: go.strip, vcs: go.vcs, flags, tags, gcflags },
      ldflags: [...outside, ...ldflags],
    },
    undefined,
  );
  return said.filter((flag) => flag !== '-buildvcs=true');
}

/** As the settings have them; without -trimpath the standard library would be compiled once more. */
function plainFlags({ flags, tags, ldflags, gcflags, vcs }: ComparedProgram['go']): string[] {
  const others = readFlags(flags, 'the Go flags').filter(({ name }) => name !== 'tags');
  const all = effectiveTags({ cgo: 'dynamic', flags, tags }, undefined);
  return [
    '-trimpath',
    ...(vcs ? [] : ['-buildvcs=false']),
    ...others.map(({ name, value }) => (value === undefined ? `-${name}` : `-${name}=${value}`)),
    ...(ldflags.length > 0 ? [`-ldflags=${ldflags.join(' ')}`] : []),
    ...(gcflags.length > 0 ? [`-gcflags=${gcflags.join(' ')}`] : []),
    ...(all.length > 0 ? [`-tags=${all.join(',')}`] : []),
  ];
}
