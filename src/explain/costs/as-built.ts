/** The settings with which a program that is there was built, as far as its build info tells, on the source that is said to be its own. */
import { ToolError } from '../../core/errors.ts';
import type { CgoMode } from '../../golang/build-flags.ts';
import type { Ledger } from '../../golang/ledger/types.ts';
import type { Binary } from '../../golang/binary/read.ts';
import type { Platform } from '../../oci/types.ts';
import type { BuildSettings, SourceProgram } from './program.ts';

export interface AsBuilt {
  readonly settings: BuildSettings;
  /** In what the file and the source's build are apart, a sentence each. */
  readonly differences: readonly string[];
}

/**
 * Puts what the file tells in place of what the directory's configuration says: platform, tags, cgo, strip, race and the like.
 * @throws ToolError CONFIG_INVALID when the file is another program than the source
 */
export function asBuilt(ledger: Ledger, program: SourceProgram, directory: string): AsBuilt {
  const { binary } = ledger;
  const { settings } = program;
  const info = binary?.buildInfo;
  if (binary === undefined || info === undefined)
    return {
      settings,
      differences: ['the file does not tell how it was built: the source is taken as it would be built now'],
    };
  if (info.path !== undefined && info.path !== 'command-line-arguments' && info.path !== program.importPath) {
    throw new ToolError(
      'CONFIG_INVALID',
      `${directory} holds ${program.importPath}, and the program is ${info.path}`,
      {
        hint: 'Name the directory of its own main package.',
      },
    );
  }
  const said = info.settings;
  const version = `go${settings.toolchain.version}`;
  return {
    settings: {
      ...settings,
      platform: platformOf(binary, said),
      cgo: cgoOf(binary, ledger, said),
      strip: binary.stripped,
      vcs: said['vcs.revision'] !== undefined && settings.vcs,
      tags: (said['-tags'] ?? '').split(',').filter((tag) => /^[\p{L}\p{Nd}_.]+$/u.test(tag)),
      gcflags: (said['-gcflags'] ?? '').split(' ').filter((flag) => plainCompilerFlag.test(flag)),
      flags: [...settings.flags, ...flagsOf(said)],
      env: { ...settings.env, ...levelsOf(said) },
    },
    differences:
      info.goVersion.split(' ')[0] === version
        ? []
        : [`the file was built with ${info.goVersion}, and is measured with ${version}`],
  };
}

/** Others can name files to write; and what the file says of itself nobody vouches for. */
const plainCompilerFlag = /^(?:all=)?-[Nl]$/;

type Settings = Readonly<Record<string, string>>;

function platformOf({ machine }: Pick<Binary, 'machine'>, said: Settings): Platform {
  const arm = machine === 'arm' ? /^[5-7]/.exec(said['GOARM'] ?? '')?.[0] : undefined;
  return { os: 'linux', architecture: machine, ...(arm === undefined ? {} : { variant: `v${arm}` }) };
}

function cgoOf(
  { needed, interpreter }: Pick<Binary, 'needed' | 'interpreter'>,
  { sections, recognised }: Ledger,
  said: Settings,
): CgoMode {
  if (said['CGO_ENABLED'] !== '1') return 'off';
  if (needed.length > 0 || interpreter !== undefined) return 'dynamic';
  // The build info does not tell which C library it is; glibc's start-up code brings this note along, musl's does not.
  return recognised.cgo && !sections.some(({ name }) => name === '.note.ABI-tag') ? 'static-musl' : 'static';
}

function flagsOf(said: Settings): string[] {
  const yes = ['-race', '-msan', '-asan', '-cover'].filter((name) => said[name] === 'true');
  const mode = said['-buildmode'];
  return [
    ...yes,
    ...(said['-trimpath'] === 'true' ? [] : ['-trimpath=false']),
    ...(mode === 'pie' || mode === 'c-shared' ? [`-buildmode=${mode}`] : []),
  ];
}

/** What processor it may use. */
function levelsOf(said: Settings): Record<string, string> {
  const names = ['GOAMD64', 'GO386', 'GOARM64', 'GOMIPS', 'GOMIPS64', 'GOPPC64', 'GORISCV64'];
  return Object.fromEntries(
    names.flatMap((name) => (/^[\w.,]+$/.test(said[name] ?? '') ? [[name, said[name] ?? '']] : [])),
  );
}
