/**
 * bases/verify/ proves by trying that a base works: programs run inside it in the sandbox, and what they answer is compared with what was
 * composed. It must not know how bases are made, flags, or how results look.
 */
import type { LockedPackage } from '../../base/debian/types.ts';
import type { RunRequest } from '../../run/types.ts';

/** The tests, in the order in which they are told; the user's own commands follow as `own`. */
export const checkNames = [
  'libraries',
  'names',
  'tls',
  'packages',
  'shell',
  'zones',
  'users',
  'temporary',
  'own',
] as const;
export type CheckName = (typeof checkNames)[number];

export type Outcome = 'passed' | 'failed' | 'not applicable';

/** What one test came to. */
export interface Check {
  readonly name: CheckName;
  /** What is tried, in a few words. */
  readonly what: string;
  readonly outcome: Outcome;
  /** What was seen, what is wrong, or why it does not apply. One sentence. */
  readonly why: string;
  /** Who tried it: `curl, inside`; `a small Go program, inside`; `read from outside`. */
  readonly by?: string;
  /** The last lines that a failed command said. */
  readonly said?: readonly string[];
}

export interface Verification {
  /** As it was named. */
  readonly image: string;
  /** Of its manifest. */
  readonly digest: string;
  readonly platform: string;
  /** ISO 8601. */
  readonly at: string;
  readonly checks: readonly Check[];
  /** No test failed. */
  readonly passed: boolean;
  /** Milliseconds. */
  readonly took: number;
}

/** A command of the user's that must exit 0. */
export interface OwnCommand {
  readonly argv: readonly string[];
  /** As one line, for the base's shell when it has one. */
  readonly line?: string;
}

/** What was asked to be verified. */
export interface VerifyRequest {
  /** As `run` takes it: a name, the beginning of a digest, `oci:PATH`, `docker-archive:PATH`. */
  readonly image: string;
  readonly platform?: string;
  readonly access: RunRequest['access'];
  readonly sandbox: RunRequest['sandbox'];
  readonly own: readonly OwnCommand[];
  /** What it was composed of, when that is known: the base's own lists must say the same. */
  readonly packages?: readonly LockedPackage[];
  /** Globs of what was left out of it. */
  readonly omit?: readonly string[];
}

/** A test before it ran. */
export type Tried = Omit<Check, 'name' | 'what'>;
