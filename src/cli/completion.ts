import { ToolError } from '../core/errors.ts';
import { globalFlags, isFamily, type Arg, type Flag, type Verb } from './verb.ts';
import { verbs } from './verbs.ts';

/** One thing that can be typed behind `coracle`: its words, flags and arguments. */
interface Line {
  /** `build`, `toolchain list`. */
  readonly words: string;
  readonly summary: string;
  readonly flags: readonly Flag[];
  readonly args: readonly Arg[];
  /** The members of a family. */
  readonly members: readonly Verb[];
}

/** A completion script made from the verbs' tables. @throws ToolError USAGE for another shell */
export async function completionScript(shell: string): Promise<string> {
  const all = await Promise.all(Object.values(verbs).map(async (load): Promise<Verb> => load()));
  const lines = all.flatMap(linesOf);
  if (shell === 'bash') return bash(all, lines);
  if (shell === 'zsh') return zsh(all, lines);
  if (shell === 'fish') return fish(all, lines);
  throw new ToolError('USAGE', `there is no completion for ${JSON.stringify(shell)}`, {
    hint: 'There is one for bash, zsh and fish.',
  });
}

function linesOf(verb: Verb): Line[] {
  const line = (words: string, each: Verb, members: readonly Verb[]): Line => ({
    words,
    summary: each.summary,
    flags: [...each.flags, ...globalFlags].filter((flag) => !('hidden' in flag) || !flag.hidden),
    args: each.args,
    members,
  });
  if (!isFamily(verb)) return [line(verb.name, verb, [])];
  return [
    line(verb.name, verb, verb.verbs),
    ...verb.verbs.map((member) => line(`${verb.name} ${member.name}`, member, [])),
  ];
}

function longName(flag: Flag): string {
  return flag.on ? `--no-${flag.name}` : `--${flag.name}`;
}

const single = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** What is offered as an argument: members of a family, fixed words, names in the store, files. */
function offered({ args, members }: Line): { words: readonly string[]; images: boolean; files: boolean } {
  const choices = args.flatMap((arg) => arg.choices ?? []);
  return {
    words: [...members.map((member) => member.name), ...choices],
    images: args.some((arg) => arg.completes === 'image'),
    files: args.some((arg) => arg.completes === 'file' || arg.completes === 'directory'),
  };
}

const images = 'coracle images --json 2>/dev/null | sed -n \'s/^ *"name": "\\(.*\\)",*$/\\1/p\'';

function bash(all: readonly Verb[], lines: readonly Line[]): string {
  const families = all.filter(isFamily).map((verb) => verb.name);
  const cases = lines.map((line) => {
    const { words, images: names, files } = offered(line);
    const valued = line.flags.filter((flag) => flag.type === 'string');
    const values = valued.flatMap((flag) => {
      const forms = [longName(flag), ...(flag.short ? [`-${flag.short}`] : [])].join('|');
      if (flag.choices)
        return [
          `        ${forms}) COMPREPLY=($(compgen -W ${single(flag.choices.join(' '))} -- "$cur")); return ;;`,
        ];
      if (flag.completes) return [`        ${forms}) COMPREPLY=($(compgen -f -- "$cur")); return ;;`];
      return [`        ${forms}) return ;;`];
    });
    const args = [
      ...(words.length > 0
        ? [`        COMPREPLY+=($(compgen -W ${single(words.join(' '))} -- "$cur"))`]
        : []),
      ...(names ? [`        COMPREPLY+=($(compgen -W "$(__coracle_images)" -- "$cur"))`] : []),
      ...(files ? ['        COMPREPLY+=($(compgen -d -- "$cur"))'] : []),
    ];
    return [
      `    ${single(line.words)})`,
      '      case "$prev" in',
      ...values,
      '      esac',
      '      if [[ $cur == -* ]]; then',
      `        COMPREPLY=($(compgen -W ${single(line.flags.map(longName).join(' '))} -- "$cur"))`,
      ...(args.length > 0 ? ['      else', ...args] : []),
      '      fi',
      '      ;;',
    ].join('\n');
  });
  return `# Completion of coracle for bash. Made by: coracle completion bash
__coracle_images() {
  ${images}
}
_coracle() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} verb='' i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    if [[ \${COMP_WORDS[i]} != -* ]]; then
      verb=\${COMP_WORDS[i]}
      if [[ " ${families.join(' ')} " == *" $verb "* && $((i + 1)) -lt COMP_CWORD ]]; then
        verb="$verb \${COMP_WORDS[i+1]}"
      fi
      break
    fi
  done
  case "$verb" in
    '') COMPREPLY=($(compgen -W ${single(`${all.map((verb) => verb.name).join(' ')} --help --version`)} -- "$cur")) ;;
${cases.join('\n')}
  esac
}
complete -F _coracle coracle
`;
}

function zsh(all: readonly Verb[], lines: readonly Line[]): string {
  // _arguments takes colons and brackets as its own marks.
  const escape = (text: string): string => text.replaceAll(/[\\:[\]]/g, '\\$&').replaceAll('`', '');
  const value = (flag: Flag): string => {
    if (flag.type === 'boolean') return '';
    const name = escape(flag.value ?? 'VALUE');
    if (flag.choices) return `:${name}:(${flag.choices.join(' ')})`;
    return flag.completes ? `:${name}:_files` : `:${name}: `;
  };
  const spec = (flag: Flag): string[] => {
    const text = `[${escape(firstSentence(flag.help))}]${value(flag)}`;
    const star = flag.repeatable ? '*' : '';
    return [
      single(`${star}${longName(flag)}${text}`),
      ...(flag.short ? [single(`${star}-${flag.short}${text}`)] : []),
    ];
  };
  const args = (line: Line): string[] => {
    const { words, images: names, files } = offered(line);
    if (words.length > 0) return [single(`1:word:(${words.join(' ')})`)];
    if (names) return [single('*:image:__coracle_images')];
    return files ? [single('*:directory:_files')] : [];
  };
  const cases = lines.map(
    (line) =>
      `    ${single(line.words)}) _arguments -s ${[...line.flags.flatMap(spec), ...args(line)].join(' \\\n      ')} ;;`,
  );
  const families = all.filter(isFamily).map((verb) => verb.name);
  return `#compdef coracle
# Completion of coracle for zsh. Made by: coracle completion zsh
__coracle_images() {
  local -a names
  names=(\${(f)"$(${images})"})
  (( $#names )) && compadd -- $names
}
_coracle() {
  local -a verbs
  verbs=(${all.map((verb) => single(`${verb.name}:${verb.summary}`)).join(' ')})
  if (( CURRENT == 2 )); then
    _describe verb verbs
    return
  fi
  local verb=$words[2]
  if [[ " ${families.join(' ')} " == *" $verb "* && CURRENT -gt 3 ]]; then
    verb="$verb $words[3]"
    shift words
    (( CURRENT-- ))
  fi
  shift words
  (( CURRENT-- ))
  case $verb in
${cases.join('\n')}
  esac
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _coracle "$@"; else compdef _coracle coracle; fi
`;
}

function fish(all: readonly Verb[], lines: readonly Line[]): string {
  const quote = (text: string): string => `'${text.replaceAll(/[\\']/g, '\\$&')}'`;
  const out = [
    '# Completion of coracle for fish. Made by: coracle completion fish',
    'function __coracle_images',
    `  ${images}`,
    'end',
    'complete -c coracle -f',
    ...all.map(
      (verb) => `complete -c coracle -n __fish_use_subcommand -a ${verb.name} -d ${quote(verb.summary)}`,
    ),
  ];
  for (const line of lines) {
    const [verb = '', member] = line.words.split(' ');
    const seen = `__fish_seen_subcommand_from ${verb}${member === undefined ? '' : `; and __fish_seen_subcommand_from ${member}`}`;
    const when = `complete -c coracle -n ${quote(seen)}`;
    for (const flag of line.members.length > 0 ? [] : line.flags) {
      const value =
        flag.type === 'boolean'
          ? ''
          : flag.choices
            ? ` -x -a ${quote(flag.choices.join(' '))}`
            : flag.completes
              ? ' -r -F'
              : ' -x';
      const short = flag.short ? ` -s ${flag.short}` : '';
      out.push(`${when} -l ${longName(flag).slice(2)}${short}${value} -d ${quote(firstSentence(flag.help))}`);
    }
    const { words, images: names, files } = offered(line);
    const fresh =
      line.members.length > 0
        ? `complete -c coracle -n ${quote(`${seen}; and not __fish_seen_subcommand_from ${words.join(' ')}`)}`
        : when;
    for (const word of words) {
      const summary = line.members.find((each) => each.name === word)?.summary;
      out.push(`${fresh} -a ${word}${summary === undefined ? '' : ` -d ${quote(summary)}`}`);
    }
    if (names) out.push(`${when} -a '(__coracle_images)'`);
    if (files) out.push(`${when} -a '(__fish_complete_directories)'`);
  }
  return `${out.join('\n')}\n`;
}

function firstSentence(text: string): string {
  return (
    text
      .replaceAll('`', '')
      .split(/(?<=\.) /)[0]
      ?.replace(/\.$/, '') ?? ''
  );
}
