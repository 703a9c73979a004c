/**
 * compose/ turns compose files into coracle.yaml and back, and says what does not translate. It reads and writes texts: it must not know hosts, and runs
 * nothing.
 */

/** A line of a file that means nothing to the other side, or not the same. */
export interface Note {
  readonly kind: 'left out' | 'differs' | 'to do';
  /** Of the compose file; undefined when it is about no line of it. */
  readonly line: number | undefined;
  /** `services.web.healthcheck` */
  readonly key: string;
  readonly why: string;
}

/** An accessory whose image has no digest yet. */
export interface Pin {
  readonly line: number;
  readonly accessory: string;
  readonly image: string;
}

export interface Imported {
  /** As shown. */
  readonly file: string;
  /** The service of the compose file that became ours. */
  readonly service: string;
  /** In the form of a coracle.yaml. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly notes: readonly Note[];
  readonly pins: readonly Pin[];
}

export interface Exported {
  /** In the form of a compose file. */
  readonly compose: Readonly<Record<string, unknown>>;
  readonly notes: readonly Note[];
}

/** What a compose file cannot say and is kept in it for the way back: an extension, which Docker Compose passes over. */
export const extension = 'x-coracle';
