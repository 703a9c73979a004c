/**
 * The name of a file that is fetched: the server's (Content-Disposition, RFC 6266), else the last part of the address's path, else
 * `download`. Never more than one name, whatever the server says.
 */
export function fileNameFor(url: URL, disposition: string | undefined): string {
  return fromDisposition(disposition ?? '') ?? lastPart(decoded(url.pathname)) ?? 'download';
}

function fromDisposition(header: string): string | undefined {
  const parameters = new Map<string, string>();
  for (const [, name = '', quoted, plain] of header.matchAll(
    /;\s*([\w!#$%&'*+.^`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]+))/g,
  )) {
    parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '');
  }
  const extended = /^utf-8'[^']*'(.*)$/i.exec(parameters.get('filename*') ?? '')?.[1];
  const name = extended === undefined ? parameters.get('filename') : decoded(extended);
  return name === undefined || name.endsWith('/') ? undefined : lastPart(name);
}

function lastPart(path: string): string | undefined {
  const name = path.split('/').findLast((part) => part !== '') ?? '';
  return name === '' || name === '.' || name === '..' || name.includes('\0') || Buffer.byteLength(name) > 255
    ? undefined
    : name;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
