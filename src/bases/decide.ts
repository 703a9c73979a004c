/**
 * Which base for which program: a tree of questions, as data. `auto` walks it, comparisons show the way through it, the documents print it. It asks
 * only what can be read from the program.
 */

/** What is known of a program. */
export interface BaseFacts {
  /** It needs neither a loader nor a library. */
  readonly static: boolean;
  /** Whose loader it asks for. */
  readonly libc?: 'glibc' | 'musl';
  /** Libraries that it asks for itself: `libc.so.6`. */
  readonly libraries: readonly string[];
  /** Those of them for which no package is known. */
  readonly unknown: readonly string[];
  /** What it takes from the C library that exact libraries cannot promise: `dlopen`, `iconv_open`. */
  readonly beyond?: string;
  /** Files of a system that it can use, as `auto` tells them: `CA certificates`. Of a static program. */
  readonly parts: readonly string[];
  /** What it was seen to start, or is known to: `a shell`. */
  readonly starts?: string;
}

export interface Decided {
  /** A name of names.ts. */
  readonly name: string;
  readonly path: readonly {
    readonly question: string;
    readonly answer: string;
    readonly because: string;
  }[];
  /** The same as sentences. */
  readonly reasons: readonly string[];
}

/** One question, its answers in order: the first that holds is taken. */
export interface Question {
  readonly question: string;
  readonly answers: readonly Answer[];
}

export interface Answer {
  readonly answer: string;
  readonly holds: (facts: BaseFacts) => boolean;
  readonly because: (facts: BaseFacts) => string;
  /** To the next question, or to the base. */
  readonly leads: Question | string;
}

const always = (): boolean => true;

const partsAsked: Question = {
  question: 'Can it use files of a system (certificates, time zones, users, a home, /tmp)?',
  answers: [
    {
      answer: 'yes',
      holds: ({ parts }) => parts.length > 0,
      because: ({ parts }) => `it can use ${list(parts)}`,
      leads: 'auto',
    },
    { answer: 'no', holds: always, because: () => 'it reads no file of a system', leads: 'scratch' },
  ],
};

const cxxAsked: Question = {
  question: 'Has it parts in C++?',
  answers: [
    {
      answer: 'yes',
      holds: hasCxx,
      because: () => 'it asks for the libraries of C++',
      leads: 'cc',
    },
    { answer: 'no', holds: always, because: () => 'the C library is all that it builds on', leads: 'glibc' },
  ],
};

const beyondAsked: Question = {
  question: 'Does it load libraries by name, convert texts, or ask name services beyond files and DNS?',
  answers: [
    {
      answer: 'yes',
      holds: ({ beyond }) => beyond !== undefined,
      because: ({ beyond = '' }) => `it calls ${beyond}: what that loads cannot be read from the program`,
      leads: cxxAsked,
    },
    {
      answer: 'no',
      holds: always,
      because: ({ libraries }) =>
        libraries.length === 0
          ? 'it asks for a loader alone'
          : `all that it loads can be read from it: ${list(libraries)}`,
      leads: 'distalpine',
    },
  ],
};

const knownAsked: Question = {
  question: 'Is a package known for every library that it asks for?',
  answers: [
    {
      answer: 'no',
      holds: ({ unknown }) => unknown.length > 0,
      because: ({ unknown }) => `no package is known for ${list(unknown)}: name it with --packages`,
      leads: 'debian',
    },
    {
      answer: 'yes',
      holds: always,
      because: () => "the libraries' names say their packages",
      leads: beyondAsked,
    },
  ],
};

const libcAsked: Question = {
  question: 'Whose C library does it ask for?',
  answers: [
    {
      answer: 'musl',
      holds: ({ libc }) => libc === 'musl',
      because: () => 'musl loads nothing by itself: what it needs can be read from the program',
      leads: 'distalpine',
    },
    { answer: 'glibc', holds: always, because: () => 'its loader is that of glibc', leads: knownAsked },
  ],
};

/** The tree, from its root. */
export const baseTree: Question = {
  question: 'Does it start other programs, such as a shell?',
  answers: [
    {
      answer: 'yes',
      holds: ({ starts }) => starts !== undefined,
      because: ({ starts = '' }) => `it starts ${starts}`,
      leads: 'debian-slim',
    },
    {
      answer: 'no',
      holds: always,
      because: () => 'nothing says that it does',
      leads: {
        question: 'Does it need a C library?',
        answers: [
          {
            answer: 'no',
            holds: (facts) => facts.static,
            because: () => 'it is static: no loader, no library',
            leads: partsAsked,
          },
          {
            answer: 'yes',
            holds: always,
            because: ({ libraries }) =>
              libraries.length === 0 ? 'it asks for a loader' : `it asks for ${list(libraries)}`,
            leads: libcAsked,
          },
        ],
      },
    },
  ],
};

/** The base for a program, and the way to it. Pure. */
export function decideBase(facts: BaseFacts): Decided {
  const path: { question: string; answer: string; because: string }[] = [];
  let at: Question | string = baseTree;
  while (typeof at !== 'string') {
    const { question, answers }: Question = at;
    const found = answers.find(({ holds }) => holds(facts));
    if (!found) throw new Error(`nothing answers ${question}`);
    path.push({ question, answer: found.answer, because: found.because(facts) });
    at = found.leads;
  }
  // That nothing was seen is no reason for anything.
  const reasons = path.slice(facts.starts === undefined ? 1 : 0).map(({ because }) => because);
  return { name: at, path, reasons };
}

function hasCxx({ libraries }: BaseFacts): boolean {
  return libraries.some((name) => name.startsWith('libstdc++.'));
}

/** `a`, `a and b`, `a, b and c`. */
function list(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}
