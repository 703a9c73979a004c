import type { CiFacts, Target } from './facts.ts';
import { indented, jobOf, matrixOf, shipCommand } from './words.ts';

/**
 * Actions by the commit of the release behind them: a tag can be moved to other code, a commit cannot.
 */
const actions = {
  checkout: 'actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2',
  cache: 'actions/cache@5a3ec84eff668545956fd18022155c47e93e2684 # v4.2.3',
  upload: 'actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02 # v4.6.2',
} as const;

export const githubFile = '.github/workflows/coracle.yml';

/** The workflow of a project. No expression of GitHub's stands in a script: what comes from outside comes as a variable. */
export function githubWorkflow(facts: CiFacts): string {
  return `${[
    '# Written by `coracle ci init github`; docs/ci.md of Coracle explains it. It is yours to change.',
    'name: coracle',
    '',
    'on:',
    '  pull_request:',
    '  push:',
    `    branches: [${facts.branch}]`,
    ...(facts.targets.some(({ on }) => on === 'tag') ? ["    tags: ['v*']"] : []),
    '',
    '# What no job asks for, none has.',
    'permissions:',
    '  contents: read',
    '',
    'defaults:',
    '  run:',
    '    shell: bash',
    ...(facts.directory === '.' ? [] : [`    working-directory: ${facts.directory}`]),
    '',
    'env:',
    `  CORACLE_VERSION: '${facts.version}'`,
    '',
    'jobs:',
    ...indented(checkJob(facts), 2),
    ...facts.targets.flatMap((target) => ['', ...indented(deployJob(facts, target), 2)]),
  ].join('\n')}\n`;
}

/** Tests, builds and weighs what a pull request brings, with no secret at all: its code may be anybody's. */
function checkJob(facts: CiFacts): string[] {
  const follows = facts.targets.some(({ on }) => on === 'branch');
  return [
    'check:',
    ...(follows ? ["  if: github.event_name == 'pull_request'"] : ["  if: github.ref_type != 'tag'"]),
    '  runs-on: ubuntu-24.04',
    '  timeout-minutes: 30',
    '  strategy:',
    '    fail-fast: false',
    '    matrix:',
    '      include:',
    ...matrixOf(facts).flatMap(({ platform, skip }) => [
      `        - platform: ${platform}`,
      `          skip: ${skip}`,
    ]),
    '  steps:',
    ...indented(commonSteps(), 4),
    '    - name: Check',
    '      env:',
    '        PLATFORM: ${{ matrix.platform }}',
    '        SKIP: ${{ matrix.skip }}',
    `      run: ${shipCommand(facts.check, ['--skip "$SKIP"', '--platform "$PLATFORM"', '--report junit=coracle-ship.xml'])}`,
    ...indented(uploadStep(facts, '${{ strategy.job-index }}'), 4),
  ];
}

function deployJob(facts: CiFacts, target: Target): string[] {
  const { environment, on } = target;
  const when =
    on === 'tag'
      ? "startsWith(github.ref, 'refs/tags/v')"
      : `github.event_name == 'push' && github.ref == 'refs/heads/${facts.branch}'`;
  const github = facts.registry === 'ghcr.io';
  return [
    `${jobOf(target)}:`,
    `  if: ${when}`,
    '  runs-on: ubuntu-24.04',
    '  timeout-minutes: 60',
    `  # Its secrets, and who must approve, are set in the repository's settings.`,
    `  environment: ${jobOf(target)}`,
    ...(github ? ['  permissions:', '    contents: read', '    packages: write'] : []),
    '  # Of two deploys the second waits for the first; none is stopped half-way.',
    '  concurrency:',
    `    group: coracle-${jobOf(target)}`,
    '    cancel-in-progress: false',
    '  steps:',
    ...indented(commonSteps(), 4),
    ...indented(sshStep(), 4),
    ...(facts.registry === undefined ? [] : indented(loginStep(facts.registry), 4)),
    '    - name: Ship',
    ...(facts.secrets.length === 0
      ? []
      : ['      env:', ...facts.secrets.map((name) => `        ${name}: \${{ secrets.${name} }}`)]),
    `      run: ${shipCommand(environment, ['--report junit=coracle-ship.xml'])}`,
    '    - name: Forget the key',
    '      if: always()',
    `      run: test -z "$SSH_AGENT_PID" || ssh-agent -k`,
    ...indented(uploadStep(facts, jobOf(target)), 4),
  ];
}

function commonSteps(): string[] {
  return [
    `- uses: ${actions.checkout}`,
    '  with:',
    '    # All commits and tags: the version in the program comes from them.',
    '    fetch-depth: 0',
    '    persist-credentials: false',
    `- uses: ${actions.cache}`,
    '  with:',
    '    path: ~/.cache/coracle',
    "    key: coracle-${{ runner.os }}-${{ runner.arch }}-${{ hashFiles('**/coracle.lock', '**/go.sum') }}",
    '    restore-keys: coracle-${{ runner.os }}-${{ runner.arch }}-',
    '- name: Install Coracle',
    '  run: npm install --global --no-audit --no-fund "@coracle/cli@$CORACLE_VERSION"',
  ];
}

/** The key goes into an agent and never into a file; hosts must show the keys that are known. */
function sshStep(): string[] {
  return [
    '- name: Keys',
    '  env:',
    '    SSH_PRIVATE_KEY: ${{ secrets.SSH_PRIVATE_KEY }}',
    '    SSH_KNOWN_HOSTS: ${{ secrets.SSH_KNOWN_HOSTS }}',
    '  run: |',
    ...indented(
      [
        ': "${SSH_PRIVATE_KEY:?set it as a secret of the environment}"',
        ': "${SSH_KNOWN_HOSTS:?set it as a secret of the environment: what ssh-keyscan prints, compared with the hosts}"',
        'umask 077',
        'mkdir -p ~/.ssh',
        `printf '%s\\n' "$SSH_KNOWN_HOSTS" >> ~/.ssh/known_hosts`,
        'eval "$(ssh-agent -s)" > /dev/null',
        'echo "SSH_AUTH_SOCK=$SSH_AUTH_SOCK" >> "$GITHUB_ENV"',
        'echo "SSH_AGENT_PID=$SSH_AGENT_PID" >> "$GITHUB_ENV"',
        `printf '%s\\n' "$SSH_PRIVATE_KEY" | tr -d '\\r' | ssh-add -q -`,
      ],
      4,
    ),
  ];
}

function loginStep(registry: string): string[] {
  const own = registry === 'ghcr.io';
  return [
    '- name: Log in to the registry',
    '  env:',
    `    REGISTRY: ${registry}`,
    `    REGISTRY_USERNAME: \${{ ${own ? 'github.actor' : 'secrets.REGISTRY_USERNAME'} }}`,
    `    REGISTRY_PASSWORD: \${{ secrets.${own ? 'GITHUB_TOKEN' : 'REGISTRY_PASSWORD'} }}`,
    `  run: printf '%s' "$REGISTRY_PASSWORD" | coracle login --username "$REGISTRY_USERNAME" --password-stdin "$REGISTRY"`,
  ];
}

function uploadStep({ directory }: CiFacts, name: string): string[] {
  return [
    `- uses: ${actions.upload}`,
    '  if: always()',
    '  with:',
    `    name: coracle-ship-${name}`,
    `    path: ${directory === '.' ? '' : `${directory}/`}coracle-ship.xml`,
    '    if-no-files-found: ignore',
  ];
}
