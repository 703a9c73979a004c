/** What may stand in a configuration of HAProxy. Nothing that is accepted here can end a line, a word or a quote. */
import { ToolError } from '../core/errors.ts';

/**
 * `*.` in front stands for all names below it.
 * @returns the domain in lower case
 * @throws ToolError USAGE
 */
export function domainOf(text: string): string {
  const domain = text.toLowerCase();
  if (
    domain.length <= 253 &&
    /^(?:\*\.)?(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/.test(
      domain,
    )
  )
    return domain;
  throw wrong(
    text,
    'domain',
    'Write it without scheme, port and path: shop.example.com. Names in other scripts are written in ASCII (xn--…).',
  );
}

/** Characters of a path, without those that mean something to HAProxy's files or commands: quotes, blanks, `#`, `\`, `$`, `;`. */
const pathForm = /^\/[A-Za-z0-9._~!&()*+,=:@%/-]*$/;

/** @throws ToolError USAGE */
export function checkPath(text: string): string {
  if (text.length <= 512 && pathForm.test(text) && !/\/\.{0,2}\/|\/\.{1,2}$/.test(text)) return text;
  throw wrong(
    text,
    'path',
    'A path begins with "/", has no "//", "." or ".." in it, and escapes other characters as %20.',
  );
}

/** A path with an optional query, for the health check. @throws ToolError USAGE */
export function healthUri(text: string): string {
  const [path = '', query = ''] = text.split(/\?(.*)/s, 2);
  if (text.length <= 512 && pathForm.test(path) && /^[A-Za-z0-9._~!&()*+,=:@%/?-]*$/.test(query)) return text;
  throw wrong(text, 'path of a health check', 'It begins with "/" and escapes other characters as %20.');
}

/** @throws ToolError USAGE */
export function healthStatus(text: string): string {
  const one = '[1-5][0-9]{2}(?:-[1-5][0-9]{2})?';
  const status = text.replaceAll(' ', '');
  if (new RegExp(`^${one}(?:,${one})*$`).test(status)) return status;
  throw wrong(text, 'status of a health check', 'Write 200, 200-399 or 200,204.');
}

/** @throws ToolError USAGE */
export function retryMethods(methods: readonly string[]): readonly string[] {
  for (const method of methods) {
    if (!/^[A-Z]{1,20}$/.test(method))
      throw wrong(method, 'method', 'Methods are in capitals: GET, HEAD, PUT.');
  }
  return methods;
}

/** @throws ToolError USAGE */
export function port(value: number): number {
  if (Number.isSafeInteger(value) && value >= 1 && value <= 65_535) return value;
  throw new ToolError('USAGE', `${value} is no port`);
}

/** A number that is not negative and fits HAProxy's. @throws ToolError USAGE */
export function whole(value: number, what: string): number {
  if (Number.isSafeInteger(value) && value >= 0 && value <= 2_147_483_647) return value;
  throw new ToolError('USAGE', `${value} is no ${what} of the proxy`);
}

function wrong(text: string, what: string, hint: string): ToolError {
  return new ToolError('USAGE', `${JSON.stringify(text)} is no ${what}`, { hint });
}
