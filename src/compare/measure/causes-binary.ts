import type { Cause, Evidence } from './evidence.ts';
import { libcOf } from './libc.ts';
import { placeOf } from './look.ts';
import { libraryOf } from './places.ts';

/** Causes that lie between a program and what loads it: see causes.ts. */
export const binaryCauses: readonly ((
  evidence: Evidence,
) => Promise<Cause | undefined> | Cause | undefined)[] = [
  notExecuted,
  missingLibrary,
  missingVersion,
  cannotRunOn,
  withoutC,
  noCompiler,
];

/** Exit codes of what could not be executed, as a shell gives them. */
const [notExecutable, notFound] = [126, 127];

function notExecuted({ exit, text, looked, program }: Evidence): Cause | undefined {
  if (!looked || !program || !exit || ![notExecutable, notFound].includes(exit.code)) return undefined;
  // In the words of the sandbox, and of nobody else: a program may end with these codes too.
  if (!text.includes(`exec: ${JSON.stringify(program.name)}: `)) return undefined;
  const { name, path, binary, interpreter } = program;
  if (path === undefined) {
    if (/(?:^|\/)(?:ba|da|a)?sh$/.test(name))
      return { lacks: 'shell', cause: `The image starts ${name}, and has no shell.` };
    return { cause: `The image starts ${name}, which is not in it.` };
  }
  if (interpreter !== undefined && placeOf(looked, interpreter) === undefined) {
    const shell = interpreter.endsWith('sh');
    return {
      ...(shell && { lacks: 'shell' as const }),
      cause: `${path} is a script for ${interpreter}, which the image does not have.`,
    };
  }
  if (binary?.interpreter !== undefined && placeOf(looked, binary.interpreter) === undefined) {
    return {
      lacks: 'libc',
      cause: `${path} is linked with shared libraries and asks for the loader ${binary.interpreter}, which the image does not have.`,
    };
  }
  return undefined;
}

function missingLibrary({ text, looked, program }: Evidence): Cause | undefined {
  const found =
    /error while loading shared libraries: (\S+): cannot open shared object file|Error loading shared library (\S+):/.exec(
      text,
    );
  const name = found?.[1] ?? found?.[2];
  if (!looked || name === undefined) return undefined;
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  if (libraryOf(looked, new RegExp(`^${escaped}$`)) !== undefined) return undefined;
  const cause = `${program?.path ?? 'The program'} asks for the library ${name}, which the image does not have.`;
  return { lacks: /^libc\.(?:so\.6|musl)/.test(name) ? 'libc' : 'library', cause };
}

async function missingVersion({ text, looked, program }: Evidence): Promise<Cause | undefined> {
  const version = /version [`'"]?([A-Z]+_[\w.]+)'? not found/.exec(text)?.[1];
  const symbol = /Error relocating \S+: (\S+): symbol not found/.exec(text)?.[1];
  const wanted = version ?? symbol;
  if (!looked || wanted === undefined) return undefined;
  const needed = program?.binary?.versions.flatMap(({ names }) => names) ?? [];
  const has = await libcOf(looked);
  const ofLibc = symbol !== undefined || wanted.startsWith('GLIBC_');
  const proven = version === undefined || needed.includes(version) ? '' : ' through a library';
  return {
    lacks: ofLibc ? 'libc' : 'library',
    cause: `${program?.path ?? 'The program'} asks${proven} for ${wanted}, which the ${ofLibc ? `libc of the image${has === undefined ? '' : ` (${has})`}` : 'library in the image'} does not have.`,
  };
}

/** The program was proven not to run on the base before anything was started. */
function cannotRunOn({ code, text }: Evidence): Cause | undefined {
  if (code !== 'BASE_CANNOT_RUN') return undefined;
  const [first = ''] = text.split('\n', 1);
  const cause = `${first}.`;
  if (/loader that the program asks for|GLIBC_|has no libc\.(?:so\.6|musl)/.test(first))
    return { lacks: 'libc', cause };
  return / has no \S+\.so\S*, which /.test(first) ? { lacks: 'library', cause } : { cause };
}

/** Packages that need C say so themselves: at run time where they have stand-ins, else the compiler says it. */
function withoutC({ phase, text, program }: Evidence): Cause | undefined {
  const stub = /requires cgo to work|compiled with 'CGO_ENABLED=0'|(?:needs|requires) cgo\b/i.test(text);
  const excluded = /build constraints exclude all Go files in (\S+)/.exec(text)?.[1];
  if (phase === 'build') {
    if (excluded === undefined) return undefined;
    return {
      lacks: 'libc',
      cause: `The package in ${excluded} needs C, and the program is compiled without.`,
    };
  }
  if (!stub || program?.binary?.buildInfo?.settings['CGO_ENABLED'] !== '0') return undefined;
  return {
    lacks: 'libc',
    cause: `${program.path ?? 'The program'} needs C, and was compiled without (CGO_ENABLED=0).`,
  };
}

function noCompiler({ phase, text }: Evidence): Cause | undefined {
  const compiler =
    /C compiler "([^"]+)" not found|exec: "(gcc|cc|clang|g\+\+|c\+\+)": executable file not found/.exec(text);
  const name = compiler?.[1] ?? compiler?.[2];
  if (phase !== 'build' || name === undefined) return undefined;
  return {
    cause: `The program needs C, and there is no C compiler where it is compiled: ${name} was not found.`,
  };
}
