/** The git program, kept from the user's and the machine's settings, from asking anybody, and from protocols that reach local files. */
import type { Ctx, Env } from '../core/ctx.ts';
import { ToolError, isToolError } from '../core/errors.ts';
import { retry } from '../core/retry.ts';
import type { GitUrl } from './git-url.ts';

export interface Git {
  /** @returns standard output. @throws ToolError by what git says; TOOL_MISSING */
  (args: readonly [string, ...string[]], options?: GitCall): Promise<string>;
}

export interface GitCall {
  readonly cwd?: string;
  /** Talks to the server: broken connections are tried again. */
  readonly remote?: boolean;
  /** Repositories of this machine may be read: ours. */
  readonly local?: boolean;
}

/** Settings of every call. Filters (LFS) are set up nowhere, so files come as they are stored. */
const settings: readonly (readonly [string, string])[] = [
  ['core.hooksPath', '/dev/null'],
  ['core.fsmonitor', 'false'],
  ['core.autocrlf', 'false'],
  ['advice.detachedHead', 'false'],
  ['init.defaultBranch', 'master'],
  ['gc.auto', '0'],
  ['http.lowSpeedLimit', '1000'],
  ['http.lowSpeedTime', '60'],
  ['transfer.credentialsInUrl', 'die'],
];

export function gitFor(ctx: Ctx, url: GitUrl): Git {
  const env = (local: boolean): Env => ({
    ...passedOn(ctx.env),
    HOME: '/dev/null',
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ALLOW_PROTOCOL: local ? 'file' : 'http:https:git:ssh',
    GIT_SSH_COMMAND: sshCommand(ctx.env),
    ...configuration([...settings, ...authorization(url)]),
  });
  return async (args, { cwd, remote = false, local = false } = {}) => {
    const once = async (): Promise<string> => {
      const { code, stdout, stderr } = await ctx
        .exec({ argv: ['git', ...args], env: env(local), ...(cwd !== undefined && { cwd }) })
        .catch((error: unknown) => {
          throw isToolError(error, 'TOOL_MISSING') ? missing(error) : error;
        });
      if (code === 0) return stdout;
      throw failure(url, args[0], stderr);
    };
    return remote ? retry(ctx.signal, once, { attempts: 3 }) : once();
  };
}

/** What git and ssh need to reach a server. */
function passedOn(env: Env): Env {
  const names = /^(?:PATH|TMPDIR|SSH_AUTH_SOCK|SSL_CERT_FILE|SSL_CERT_DIR|(?:https?|all|no)_proxy)$/i;
  return Object.fromEntries(Object.entries(env).filter(([name]) => names.test(name)));
}

/** The user's known hosts, and no other setting of theirs. Nobody is asked, and an unknown host is refused. */
function sshCommand(env: Env): string {
  const file = `${env['HOME'] ?? ''}/.ssh/known_hosts`
    .replaceAll(/[\\"]/g, String.raw`\$&`)
    .replaceAll("'", String.raw`'\''`);
  return `ssh -F /dev/null -o BatchMode=yes -o StrictHostKeyChecking=yes -o 'UserKnownHostsFile="${file}"'`;
}

/** By environment and never as an argument: every user of a machine can read those. */
function configuration(pairs: readonly (readonly [string, string])[]): Env {
  const env: Record<string, string> = { GIT_CONFIG_COUNT: String(pairs.length) };
  for (const [index, [key, value]] of pairs.entries()) {
    env[`GIT_CONFIG_KEY_${index}`] = key;
    env[`GIT_CONFIG_VALUE_${index}`] = value;
  }
  return env;
}

function authorization({ remote, credentials }: GitUrl): (readonly [string, string])[] {
  if (!credentials) return [];
  const { user, password } = credentials;
  const basic = Buffer.from(`${user}:${password}`).toString('base64');
  return [[`http.${remote}.extraHeader`, `Authorization: Basic ${basic}`]];
}

function missing(cause: unknown): ToolError {
  return new ToolError('TOOL_MISSING', 'a Git repository is to be fetched, but git is not there', {
    cause,
    hint: 'On Debian: apt-get install git. Or clone it elsewhere and build from the directory.',
  });
}

function failure(url: GitUrl, command: string, stderr: string): ToolError {
  const detail = stderr.trim();
  const { remote } = url;
  const plain = (): ToolError =>
    new ToolError('COMMAND_FAILED', `git ${command} failed for ${remote}`, {
      detail,
      hint: 'The lines of git follow; try the same with git by hand.',
    });
  // The server's answer, after which it hangs up.
  if (/not our ref|unadvertised object|remote ref/i.test(detail)) return plain();
  if (
    /could not read Username|Authentication failed|Permission denied \(|terminal prompts disabled/i.test(
      detail,
    )
  ) {
    return new ToolError('NOT_FOUND', `${remote} does not exist, or wants credentials`, {
      detail,
      hint: 'Check the address. Over ssh an agent with the key is needed (SSH_AUTH_SOCK), over https a token in the address.',
    });
  }
  if (/Host key verification failed/i.test(detail)) {
    return new ToolError('INSECURE_REFUSED', `the host key of ${remote} is not known`, {
      detail,
      hint: 'Connect once with ssh and compare the key, so that it stands in ~/.ssh/known_hosts.',
    });
  }
  if (
    /repository '.*' not found|does not appear to be a git repository|repository not exported|Repository not found/i.test(
      detail,
    )
  ) {
    return new ToolError('NOT_FOUND', `there is no Git repository at ${remote}`, {
      detail,
      hint: 'Check the address.',
    });
  }
  if (
    /unable to access|Could not resolve host|unable to connect|Connection (?:refused|reset|timed out)|early EOF|hung up/i.test(
      detail,
    )
  ) {
    return new ToolError('NETWORK', `${remote} cannot be reached`, {
      detail,
      retryable: true,
      hint: 'Check the network, and HTTPS_PROXY if there is a proxy.',
    });
  }
  return plain();
}
