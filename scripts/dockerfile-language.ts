/**
 * What Coracle does for each instruction, option and form of the Dockerfile language, in words. The names are those of
 * test/parity/coverage.ts, and both must have the same: docs/dockerfile.md shows each with the cases that try it.
 */

interface Described {
  /** The heading of the section. */
  readonly title: string;
  /** File below test/parity/cases where most of its cases stand. */
  readonly file: string;
  readonly what: string;
  /** By option or form. */
  readonly options?: Readonly<Record<string, string>>;
}

export const language: Readonly<Record<string, Described>> = {
  parser: {
    title: 'Lines',
    file: 'parser.ts',
    what: 'How bytes become instructions.',
    options: {
      comments: 'Lines whose first visible character is `#`, also between continued lines.',
      continuation:
        'The escape character at the end of a line, white space behind it allowed, blank lines in between too.',
      heredoc:
        '`<<NAME` in RUN, COPY and ADD, also behind ONBUILD; several on a line; `<<-` takes leading tabs away; a name in quotes keeps variables as they are.',
      lines: 'Indentation, keywords in any case, no line end at the end, empty files.',
      'long lines': 'No limit.',
      CRLF: 'Windows line ends, in heredocs too.',
      BOM: 'A byte order mark at the beginning is passed over.',
      bytes: 'Text that is not ASCII, and bytes that are not UTF-8, stay what they are.',
    },
  },
  directive: {
    title: 'Directives',
    file: 'parser.ts',
    what: '`# name=value` at the top, before anything else.',
    options: {
      syntax:
        "Docker's own frontend, of any version and from any mirror, means the language described here. Any other is refused.",
      escape: '`\\` or a backtick.',
      check: 'Read, and not acted on: Coracle does not lint Dockerfiles yet.',
    },
  },
  expansion: {
    title: 'Variables',
    file: 'expansion.ts',
    what: 'Variables of ARG and ENV, in every instruction that the reference names.',
    options: {
      $v: 'The value, or nothing.',
      '${v}': 'The same.',
      '${v:-}': 'A default when it is unset or empty.',
      '${v-}': 'A default when it is unset.',
      '${v:+}': 'Another word when it is set and not empty.',
      '${v+}': 'Another word when it is set.',
      '${v:?}': 'An error with that message when it is unset or empty.',
      '${v?}': 'An error with that message when it is unset.',
      '${v#}': 'Without the shortest beginning that matches.',
      '${v##}': 'Without the longest.',
      '${v%}': 'Without the shortest end that matches.',
      '${v%%}': 'Without the longest.',
      '${v/}': 'The first match replaced.',
      '${v//}': 'Every match replaced.',
      quotes: 'Nothing is expanded in single quotes; double quotes keep words together.',
      escapes: '`\\$v` is no variable; the escape directive counts here too.',
    },
  },
  FROM: {
    title: 'FROM',
    file: 'from.ts',
    what: 'An image, an earlier stage, a named context or `scratch`. Stages that the target does not need are neither built nor looked at.',
    options: {
      AS: 'Names the stage; of two of one name the later counts.',
      '--platform': 'Of an index, the image for that platform.',
    },
  },
  RUN: {
    title: 'RUN',
    file: 'run.ts',
    what: 'Runs a process in a [sandbox](sandbox.md); what it leaves behind is one layer.',
    options: {
      shell: 'Through the shell that SHELL names, `/bin/sh -c` at first.',
      exec: 'A JSON list is run without a shell.',
      heredoc: 'The text is the script; a first line `#!` names its interpreter.',
      removes: 'What a step removes is gone from the image: whiteouts, and opaque directories.',
      changes: 'Modes, owners, times, links, fifos, sparse files, attributes and capabilities are kept.',
      '--mount=type=bind': 'Files of the context, a stage or an image.',
      '--mount=type=bind,target': 'Where; relative paths stand below WORKDIR.',
      '--mount=type=bind,source': 'Which part of it; the root unless given.',
      '--mount=type=bind,from': 'A stage, an image or a named context; the build context unless given.',
      '--mount=type=bind,ro': 'As it is unless `rw` is given.',
      '--mount=type=bind,rw': 'What is written is thrown away after the step.',
      '--mount=type=cache': 'A directory that outlives the build. Its content is in no layer and no key.',
      '--mount=type=cache,target': 'Where.',
      '--mount=type=cache,id': 'Mounts of one id share; the target unless given.',
      '--mount=type=cache,ro': 'Can be read only.',
      '--mount=type=cache,sharing':
        '`shared`, `private` or `locked`; kept between processes too, not only within a build.',
      '--mount=type=cache,from': 'What it holds at first.',
      '--mount=type=cache,source': 'Which part of that.',
      '--mount=type=cache,mode': 'Of a new cache; 0755 unless given.',
      '--mount=type=cache,uid': 'Of a new cache; 0 unless given.',
      '--mount=type=cache,gid': 'Of a new cache; 0 unless given.',
      '--mount=type=tmpfs': 'An empty directory in memory.',
      '--mount=type=tmpfs,target': 'Where.',
      '--mount=type=tmpfs,size': 'Its limit.',
      '--mount=type=secret':
        'A file in memory, a variable, or both. Never in a layer, log, error, key or argument list.',
      '--mount=type=secret,id': 'Which of those given with `--secret`.',
      '--mount=type=secret,target': '`/run/secrets/ID` unless given.',
      '--mount=type=secret,env': 'The variable that holds it.',
      '--mount=type=secret,required': 'Without it, a secret that was not given is left out.',
      '--mount=type=secret,mode': '0400 unless given.',
      '--mount=type=secret,uid': '0 unless given.',
      '--mount=type=secret,gid': '0 unless given.',
      '--mount=type=ssh': 'A socket with your agent behind it, for this step only.',
      '--mount=type=ssh,id': 'Which of those given with `--ssh`; `default` unless given.',
      '--mount=type=ssh,target': 'Where the socket is; `SSH_AUTH_SOCK` says it to the step.',
      '--mount=type=ssh,required': 'Without it, an agent that was not given is left out.',
      '--mount=type=ssh,mode': '0600 unless given.',
      '--mount=type=ssh,uid': '0 unless given.',
      '--mount=type=ssh,gid': '0 unless given.',
      '--network=default': 'What `--network` of the command line says; else the network of this machine.',
      '--network=host': 'The network of this machine.',
      '--network=none': 'The loopback device and nothing else.',
      '--security=sandbox': 'As every step.',
      '--security=insecure':
        'All capabilities, nothing masked. It must be allowed: `--allow security.insecure`.',
    },
  },
  COPY: {
    title: 'COPY',
    file: 'copy.ts',
    what: 'Files of the context, a stage, an image or a named context. Worked out on lists of what layers hold: nothing is unpacked for it.',
    options: {
      globs: "Patterns as Go's `filepath.Match` reads them.",
      heredoc: 'A file with that text.',
      '--from': 'A stage by name or number, an image, or a named context.',
      '--chown':
        "Numbers or names; names are looked up in the image's own passwd and group. A user that is not there is root, with a warning.",
      '--chmod octal': 'Up to 7777.',
      '--chmod symbolic': 'Such as `u=rwX,go=rX`.',
      '--link': 'The layer does not depend on what lies beneath, and is the same on any base.',
      '--parents': 'Keeps the directories of the source; `**` and a pivot `/./` count.',
      '--exclude': 'Patterns as in .dockerignore.',
    },
  },
  ADD: {
    title: 'ADD',
    file: 'add.ts',
    what: 'As COPY without `--from`, and archives, URLs and Git repositories.',
    options: {
      tar: 'Unpacked. What it is says its content, not its name.',
      'tar.gz': 'Unpacked.',
      'tar.bz2': 'Unpacked.',
      'tar.xz': 'Unpacked.',
      'tar.zst': 'Unpacked.',
      url: "Fetched again only when the server says that it changed; its time is the server's Last-Modified.",
      git: 'A branch, tag or commit, and a folder of it: `URL#REF:FOLDER`.',
      heredoc: 'As in COPY.',
      '--checksum': 'Of a URL a sha256; of a Git repository the commit. Nothing else is accepted.',
      '--keep-git-dir': 'Keeps `.git`.',
      '--unpack': 'Unpacks an archive from a URL, or keeps a local one packed with `=false`.',
      '--chown': 'As in COPY; an archive keeps its own owners unless given.',
      '--chmod': 'As in COPY.',
      '--link': 'As in COPY.',
      '--exclude': 'As in COPY.',
    },
  },
  ARG: {
    title: 'ARG',
    file: 'config.ts',
    what: 'A variable of the build, with a default; `--build-arg` gives it another value.',
    options: {
      'before FROM': 'For FROM lines; a stage sees it when it declares it again.',
      platform: '`BUILDPLATFORM`, `TARGETPLATFORM`, their parts, and `TARGETSTAGE`, where declared.',
      predefined:
        'Proxies reach every step, declared or not, and are in no key and no image. The names are `HTTP_PROXY`, `HTTPS_PROXY`, `FTP_PROXY`, `NO_PROXY`, `ALL_PROXY`.',
    },
  },
  ENV: {
    title: 'ENV',
    file: 'config.ts',
    what: 'Variables of the steps that follow and of the image; `NAME=VALUE` pairs, or the old form with one.',
  },
  LABEL: { title: 'LABEL', file: 'config.ts', what: 'Labels in the image config; `--label` wins over them.' },
  EXPOSE: {
    title: 'EXPOSE',
    file: 'config.ts',
    what: 'Ports and ranges, with `/tcp`, `/udp` or `/sctp`. It documents; it opens nothing.',
  },
  VOLUME: {
    title: 'VOLUME',
    file: 'config.ts',
    what: 'Written into the config. What later steps write there stays in the image, as in BuildKit.',
  },
  USER: {
    title: 'USER',
    file: 'config.ts',
    what: "Of later steps and of the image, by name or number, with a group or without. Names and supplementary groups come from the image's own passwd and group. COPY stays root's.",
  },
  WORKDIR: {
    title: 'WORKDIR',
    file: 'config.ts',
    what: 'Of later instructions and of the image. What is missing is made, mode 0755, and belongs to USER.',
  },
  CMD: { title: 'CMD', file: 'config.ts', what: 'Both forms.' },
  ENTRYPOINT: {
    title: 'ENTRYPOINT',
    file: 'config.ts',
    what: "Both forms. It takes the base's CMD away unless the stage has one of its own.",
  },
  SHELL: { title: 'SHELL', file: 'config.ts', what: 'The shell of shell forms that follow.' },
  STOPSIGNAL: { title: 'STOPSIGNAL', file: 'config.ts', what: 'A name or a number, checked.' },
  HEALTHCHECK: {
    title: 'HEALTHCHECK',
    file: 'config.ts',
    what: 'A command in both forms. In the OCI media types too, though only Docker and Podman read it.',
    options: {
      NONE: "Switches the base's off.",
      '--interval': 'Between two checks.',
      '--timeout': 'Longest time of one.',
      '--start-period': 'Time to start up, in which failures do not count.',
      '--start-interval': 'Between two checks in that time.',
      '--retries': 'Failures in a row.',
    },
  },
  ONBUILD: {
    title: 'ONBUILD',
    file: 'config.ts',
    what: 'Kept for the image that begins with this one; run there once, before its own instructions.',
  },
  MAINTAINER: { title: 'MAINTAINER', file: 'config.ts', what: "The image's author." },
  '.dockerignore': {
    title: '.dockerignore',
    file: 'ignore.ts',
    what: 'Patterns of what the context leaves out, with `!` for what it takes back. In local directories only.',
    options: {
      'of the Dockerfile': '`NAME.dockerignore` beside the Dockerfile NAME goes before it.',
    },
  },
  context: {
    title: 'Contexts',
    file: 'context.ts',
    what: 'What `coracle build WHAT` can name besides a directory.',
    options: {
      tar: 'An archive, plain or compressed.',
      'standard input':
        '`-`: a tar, or a Dockerfile alone; with `-f -` only the Dockerfile comes from there.',
      git: 'The address of a repository, with `#REF:FOLDER`.',
      url: 'A tar, or a Dockerfile alone.',
    },
  },
  option: {
    title: 'Options of the command line',
    file: 'from.ts',
    what: 'Those that say what is built. All others are in [verbs/build.md](verbs/build.md).',
    options: {
      '--file': 'The Dockerfile.',
      '--target': 'The stage to build, by name or number.',
      '--build-arg': 'A value for an ARG.',
      '--build-context': 'A directory, image, layout, Git repository or URL under a name.',
      '--label': 'A label.',
      '--platform': 'One platform or several; several make an index.',
      '--add-host': 'A line of /etc/hosts while steps run.',
      '--network': 'Of steps that do not say: `default`, `host` or `none`.',
      '--shm-size': 'Of /dev/shm.',
      '--ulimit': 'Limits of processes.',
    },
  },
};

const options = 'test/e2e/dockerfile-options.test.ts';
const caches = 'test/e2e/dockerfile-cache.test.ts';
const contract = 'test/sandbox/contract.ts';

/** Flags of `coracle build` that say how a Dockerfile is built, not what: the files of the tests that try them. */
export const flagTests: Readonly<Record<string, readonly string[]>> = {
  secret: [options, caches, 'test/parity/cases/run.ts'],
  ssh: ['test/parity/cases/run.ts'],
  allow: [options, 'test/parity/cases/run.ts'],
  sandbox: [options, contract],
  pull: [options],
  'keep-timestamps': [options, 'test/parity/ours.ts'],
  'no-cache': [options],
  'no-cache-filter': [options],
  'cache-from': [caches],
  'cache-to': [caches],
  'cache-mounts': [caches],
  'go-cache': ['test/dockerfile/go-cache.test.ts'],
  explain: [options, caches],
  'dry-run': [options],
  verify: [options],
};
