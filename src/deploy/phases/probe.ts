/** One question to a program that should be well. */
import { createFetch } from '../../core/http.ts';
import { messageOf } from '../../core/errors.ts';

export interface Answer {
  readonly well: boolean;
  /** `503: no database` or why there was none. */
  readonly words: string;
}

export interface Question {
  /** A port of our loopback. */
  readonly port: number;
  readonly path: string;
  /** `200`, or `200-399`. */
  readonly status: string;
  /** The name that the program is asked for, if it has one. */
  readonly domain: string | undefined;
  /** Milliseconds without a byte until the answer counts as none. */
  readonly patience: number;
}

/** Characters of an answer that are kept as evidence. */
const kept = 500;

export type Probe = (question: Question, signal: AbortSignal) => Promise<Answer>;

/** Asks over HTTP, never through a proxy of the environment: the port is on our own loopback. Never throws. */
export function httpProbe(): Probe {
  const fetch = createFetch({}, new AbortController().signal);
  return async ({ port, path, status, domain, patience }, signal) => {
    try {
      const response = await fetch({
        url: `http://127.0.0.1:${port}${path}`,
        headers: {
          'user-agent': 'coracle',
          connection: 'close',
          ...(domain === undefined ? {} : { host: domain }),
        },
        redirect: 'manual',
        idleTimeout: patience,
        connectTimeout: patience,
        signal,
      });
      let text = '';
      for await (const chunk of response.body.setEncoding('utf8')) {
        text += String(chunk);
        if (text.length >= kept) break;
      }
      const words = `${response.status}${text.trim() === '' ? '' : `: ${text.trim().slice(0, kept)}`}`;
      return { well: inRange(response.status, status), words };
    } catch (error) {
      return { well: false, words: messageOf(error) };
    }
  };
}

/** Whether a status is one of `200`, `200-399`, or several of them with commas. */
export function inRange(status: number, range: string): boolean {
  return range.split(',').some((part) => {
    const [low = Number.NaN, high = low] = part.trim().split('-').map(Number);
    return status >= low && status <= high;
  });
}
