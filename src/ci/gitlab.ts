import type { CiFacts, Target } from './facts.ts';
import { indented, jobOf, matrixOf, shipCommand } from './words.ts';

export const gitlabFile = '.gitlab-ci.yml';

/** Node with git, ssh and a C compiler for the race detector; Go is fetched by Coracle. */
const image = 'node:24-bookworm';

/** The pipeline of a project. What comes from outside stands in variables, which a script only reads in quotes. */
export function gitlabPipeline(facts: CiFacts): string {
  const branch = facts.targets.some(({ on }) => on === 'branch');
  const tag = facts.targets.some(({ on }) => on === 'tag');
  return `${[
    '# Written by `coracle ci init gitlab`; docs/ci.md of Coracle explains it. It is yours to change.',
    'stages: [check, deploy]',
    '',
    'workflow:',
    '  rules:',
    `    - if: $CI_PIPELINE_SOURCE == 'merge_request_event'`,
    `    - if: $CI_COMMIT_BRANCH == '${facts.branch}'`,
    ...(tag ? ['    - if: $CI_COMMIT_TAG =~ /^v/'] : []),
    '',
    'variables:',
    `  CORACLE_VERSION: '${facts.version}'`,
    '  # What is cached must lie below the project.',
    '  CORACLE_HOME: $CI_PROJECT_DIR/.coracle-home',
    '  # All commits and tags: the version in the program comes from them.',
    "  GIT_DEPTH: '0'",
    '',
    '.coracle:',
    `  image: ${image}`,
    '  cache:',
    '    key:',
    `      files: [${prefix(facts)}coracle.lock, ${prefix(facts)}go.sum]`,
    '    paths: [.coracle-home]',
    '  before_script:',
    '    - npm install --global --no-audit --no-fund "@coracle/cli@$CORACLE_VERSION"',
    '    # The cache is no part of the source.',
    '    - echo /.coracle-home/ >> .git/info/exclude',
    '  artifacts:',
    '    when: always',
    '    reports:',
    `      junit: ${prefix(facts)}coracle-ship.xml`,
    `      codequality: ${prefix(facts)}coracle-quality.json`,
    '',
    ...checkJob(facts, branch),
    ...facts.targets.flatMap((target) => ['', ...deployJob(facts, target)]),
  ].join('\n')}\n`;
}

function checkJob(facts: CiFacts, branch: boolean): string[] {
  return [
    'check:',
    '  extends: .coracle',
    '  stage: check',
    '  rules:',
    `    - if: $CI_PIPELINE_SOURCE == 'merge_request_event'`,
    ...(branch ? [] : [`    - if: $CI_COMMIT_BRANCH == '${facts.branch}'`]),
    '  interruptible: true',
    '  parallel:',
    '    matrix:',
    ...matrixOf(facts).flatMap(({ platform, skip }) => [
      `      - PLATFORM: ${platform}`,
      `        SKIP: ${skip}`,
    ]),
    '  script:',
    ...indented(
      script(facts, shipCommand(facts.check, ['--skip "$SKIP"', '--platform "$PLATFORM"', ...reports])),
      4,
    ),
  ];
}

function deployJob(facts: CiFacts, target: Target): string[] {
  const { environment, on } = target;
  return [
    `${jobOf(target)}:`,
    '  extends: .coracle',
    '  stage: deploy',
    '  rules:',
    on === 'tag' ? '    - if: $CI_COMMIT_TAG =~ /^v/' : `    - if: $CI_COMMIT_BRANCH == '${facts.branch}'`,
    '  # Of two deploys the second waits for the first; none is stopped half-way.',
    `  resource_group: ${jobOf(target)}`,
    '  interruptible: false',
    '  environment:',
    `    name: ${jobOf(target)}`,
    '  script:',
    ...indented(keys(), 4),
    ...(facts.registry === undefined ? [] : indented(login(facts.registry), 4)),
    ...indented(script(facts, shipCommand(environment, reports)), 4),
  ];
}

const reports = ['--report junit=coracle-ship.xml', '--report gitlab=coracle-quality.json'] as const;

function script({ directory }: CiFacts, command: string): string[] {
  return [...(directory === '.' ? [] : [`- cd ${directory}`]), `- ${command}`];
}

/** Both are variables of the type File: GitLab gives their paths. The key goes into an agent; hosts must show the keys that are known. */
function keys(): string[] {
  return [
    '# Protected variables of the type File, in the settings of CI/CD.',
    '- test -s "$SSH_PRIVATE_KEY" && test -s "$SSH_KNOWN_HOSTS"',
    '- umask 077 && mkdir -p ~/.ssh && cat "$SSH_KNOWN_HOSTS" >> ~/.ssh/known_hosts',
    '- eval "$(ssh-agent -s)" > /dev/null',
    `- tr -d '\\r' < "$SSH_PRIVATE_KEY" | ssh-add -q -`,
  ];
}

/** GitLab's own registry knows the job; another one is told by variables. */
function login(registry: string): string[] {
  const own = /(^|\.)gitlab\./.test(registry);
  const [user, password] = own
    ? ['$CI_REGISTRY_USER', '$CI_REGISTRY_PASSWORD']
    : ['$REGISTRY_USERNAME', '$REGISTRY_PASSWORD'];
  return [`- printf '%s' "${password}" | coracle login --username "${user}" --password-stdin ${registry}`];
}

function prefix({ directory }: CiFacts): string {
  return directory === '.' ? '' : `${directory}/`;
}
