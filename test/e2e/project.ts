/** Builds for tests that look at the result: the document of --json, and changes that leave as little trace as a file system allows. */
import { readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseJson } from '../support/json.ts';
import { coracleOk } from './coracle.ts';
import type { Invocation } from './coracle.ts';

export interface BuildDocument {
  readonly schema: string;
  readonly unchanged: boolean;
  readonly because?: string;
  readonly images: readonly BuiltImage[];
  readonly times: Readonly<Record<string, number>>;
}

export interface BuiltImage {
  readonly program: string;
  readonly references: readonly string[];
  readonly pushed: readonly string[];
  readonly notes: readonly string[];
  readonly descriptor: { readonly mediaType: string; readonly digest: string; readonly size: number };
  readonly platforms: readonly {
    readonly platform: string;
    readonly descriptor: { readonly digest: string };
    readonly configDigest: string;
    readonly base: { readonly name: string; readonly digest?: string; readonly reasons: readonly string[] };
    readonly layers: readonly {
      readonly digest: string;
      readonly size: number;
      readonly uncompressedSize: number;
      readonly what: string;
      readonly reused: boolean;
    }[];
    readonly go: { readonly version: string; readonly origin: string };
  }[];
}

/** `coracle build --json ARGS`. */
export async function build(args: readonly string[], options: Invocation = {}): Promise<BuildDocument> {
  return parseJson(await coracleOk(['build', '--json', ...args], options));
}

/** The digest of the one image that a build gave. */
export function digestOf({ images }: BuildDocument): string {
  const [image] = images;
  if (!image || images.length !== 1) throw new Error(`${images.length} images`);
  return image.descriptor.digest;
}

/** Writes other bytes of the same length and puts the times back, so that only the inode's ctime tells. */
export function editUnseen(file: string, from: string, to: string): void {
  if (from.length !== to.length) throw new Error('the length must stay');
  const { atime, mtime } = statSync(file);
  edit(file, from, to);
  utimesSync(file, atime, mtime);
}

export function edit(file: string, from: string, to: string): void {
  const text = readFileSync(file, 'utf8');
  if (!text.includes(from)) throw new Error(`${path.basename(file)} has no ${from}`);
  writeFileSync(file, text.replace(from, to));
}
