import { ToolError } from '../core/errors.ts';
import type { ErrorCode } from '../core/error-codes.ts';
import type { HttpResponse } from '../core/http.ts';
import { askToWait } from '../core/retry.ts';
import { readUpTo } from './body.ts';
import { isObject } from '../core/json.ts';

/** Bytes of an error answer that are read at most. */
const errorBodyLimit = 64 * 1024;
/** Characters of a registry's own words that are shown at most. */
const longestDetail = 2000;

/** What an error says about the exchange that failed. */
export interface Failed {
  /** In the middle of a sentence: `push registry.example/app:1`. */
  readonly doing: string;
  /** As the user writes it: `docker.io`. */
  readonly registry: string;
  /** Whether credentials went with the request. */
  readonly withCredentials: boolean;
  /** Takes secrets out of a server's words: some repeat what they were sent. */
  redact(text: string): string;
}

const statuses = new WeakMap<object, number>();

/** The HTTP status that an error of `answerError` stands for. */
export function statusOf(error: unknown): number | undefined {
  return typeof error === 'object' && error !== null ? statuses.get(error) : undefined;
}

/** Turns an answer that is no result into the error for its status, with the registry's own words as detail. Reads the body. */
export async function answerError(response: HttpResponse, failed: Failed): Promise<ToolError> {
  const { status, headers } = response;
  const detail = await ownWords(response, failed);
  const { code, message, hint, retryable } = meaning(status, response, failed);
  const error = new ToolError(code, message, {
    retryable: retryable ?? false,
    ...(hint !== undefined && { hint }),
    ...(detail !== '' && { detail }),
  });
  statuses.set(error, status);
  const wait = retryAfter(headers['retry-after'], Date.now());
  return wait === undefined ? error : askToWait(error, wait);
}

interface Meaning {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly retryable?: boolean;
}

function meaning(
  status: number,
  response: HttpResponse,
  { doing, registry, withCredentials }: Failed,
): Meaning {
  const host = response.url.host;
  const cannot = `cannot ${doing}: ${host}`;
  const login = `coracle login ${registry}`;
  switch (status) {
    case 401:
      return withCredentials
        ? {
            code: 'REGISTRY_AUTH',
            message: `${cannot} refuses the credentials`,
            hint: `Log in again: ${login}`,
          }
        : {
            code: 'REGISTRY_AUTH',
            message: `${cannot} asks for credentials, and there are none for ${registry}`,
            hint: login,
          };
    case 403:
      return {
        code: 'REGISTRY_DENIED',
        message: `${cannot} denies it`,
        hint: withCredentials
          ? `Ask for the right to this repository, or log in as somebody who has it: ${login}`
          : `Log in first: ${login}`,
      };
    case 404:
      return {
        code: 'NOT_FOUND',
        message: `${cannot} does not have it`,
        hint: `Check the name and the tag. A private repository may hide itself until you log in: ${login}`,
      };
    case 429: {
      const wait = retryAfter(response.headers['retry-after'], Date.now());
      return {
        code: 'REGISTRY_RATE_LIMIT',
        message: `${cannot} asks to slow down`,
        hint: `${wait === undefined ? 'Wait a while' : `Come back in ${Math.ceil(wait / 1000)} seconds`}; logging in often raises the limit (${login}), and so does a mirror.`,
        retryable: true,
      };
    }
    default:
      return {
        code: 'REGISTRY_ERROR',
        message: `${cannot} answers with status ${status}`,
        retryable: status === 408 || (status >= 500 && status !== 501 && status !== 505),
        ...(status >= 500 && { hint: 'The registry has trouble of its own: try again later.' }),
      };
  }
}

/** Milliseconds to wait by a Retry-After header, which holds seconds or a date (RFC 9110, 10.2.3). */
export function retryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

async function ownWords(response: HttpResponse, failed: Failed): Promise<string> {
  const { bytes } = await readUpTo(response.body, errorBodyLimit).catch(() => ({ bytes: Buffer.alloc(0) }));
  const text = bytes.toString('utf8');
  const said = errorList(text) ?? (/^\s*</.test(text) ? '' : text);
  return printable(failed.redact(said)).slice(0, longestDetail).trim();
}

/** The distribution specification's error form: `{"errors":[{"code","message","detail"}]}`. */
function errorList(text: string): string | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null || !('errors' in parsed) || !Array.isArray(parsed.errors))
    return undefined;
  return parsed.errors
    .map((entry: unknown) => oneError(entry))
    .filter(Boolean)
    .join('\n');
}

function oneError(entry: unknown): string {
  if (!isObject(entry)) return '';
  const { code, message, detail } = entry;
  const more =
    detail === undefined || detail === null
      ? ''
      : ` (${typeof detail === 'string' ? detail : JSON.stringify(detail)})`;
  return `${[code, message].filter((part) => typeof part === 'string' && part !== '').join(': ')}${more}`;
}

/** A server's words without anything that could move the cursor or colour a terminal. */
export function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '');
}

/** An answer that breaks the protocol. */
export function protocolError(registry: string, what: string): ToolError {
  return new ToolError('REGISTRY_ERROR', `${registry} does not speak the distribution protocol: ${what}`);
}
