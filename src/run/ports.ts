import { isIP } from 'node:net';
import { ToolError } from '../core/errors.ts';

/** One port of this machine that leads to a port of the program. */
export interface Publish {
  /** Address of this machine; undefined for all. */
  readonly address?: string;
  readonly host: number;
  readonly container: number;
  readonly protocol: 'tcp' | 'udp';
}

/**
 * Docker's form of `-p`: `8080:80`, `127.0.0.1:8080:80/udp`, `[::1]:8080:80`, `80` for the same on both sides, and ranges of the same length,
 * `8000-8010:9000-9010`.
 * @throws ToolError USAGE
 */
export function parsePublish(text: string): Publish[] {
  const form =
    /^(?:(?:(?<address>\[[^\]]*\]|[^:[\]]*):)?(?<host>[\d-]+):)?(?<container>[\d-]+)(?:\/(?<protocol>tcp|udp))?$/.exec(
      text,
    );
  const { address: written, host: hostText, container: containerText = '', protocol } = form?.groups ?? {};
  const container = ports(containerText);
  const host = hostText === undefined ? container : ports(hostText);
  const address = written?.replace(/^\[(.*)\]$/, '$1');
  if (!container || !host || (address !== undefined && address !== '' && isIP(address) === 0))
    throw wrong(text);
  if (host.length !== container.length) throw wrong(text, 'Both ranges must have the same length.');
  return container.map((port, index) => ({
    ...(address ? { address } : {}),
    host: host[index] ?? port,
    container: port,
    protocol: protocol === 'udp' ? 'udp' : 'tcp',
  }));
}

function ports(text: string): number[] | undefined {
  const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (first === undefined || from < 1 || to > 65_535 || to < from) return undefined;
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}

function wrong(
  text: string,
  hint = 'Write it as HOST:CONTAINER, such as 8080:80 or 127.0.0.1:8080:80/udp.',
): ToolError {
  return new ToolError('USAGE', `-p: ${JSON.stringify(text)} is not [ADDRESS:][HOST:]CONTAINER[/udp]`, {
    hint,
  });
}
