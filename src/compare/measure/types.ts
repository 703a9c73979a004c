/**
 * compare/measure/ measures images and what becomes of them: what they hold, how fast they start and with how much memory, what a second release
 * moves, how long builds take. What cannot be measured it says, with the reason. It must not know by which method an image was made.
 */
import type { Descriptor } from '../../oci/types.ts';
import type { Failure, Figures, Holding, Measured, Probe } from '../types.ts';

/** An image in the store. */
export interface MeasuredImage {
  readonly reference: string;
  readonly descriptor: Descriptor;
}

/** What lies in an image, known without starting it. */
export type StaticFigures = Pick<
  Figures,
  'size' | 'unpacked' | 'layers' | 'files' | 'packages' | 'setuid' | 'shells' | 'packageManagers' | 'root'
>;

export interface ImageFigures {
  readonly figures: StaticFigures;
  readonly holds: readonly Holding[];
}

/** How programs are to be started. */
export interface StartTerms {
  /** `auto` where it is not said. */
  readonly sandbox?: 'auto' | 'builtin' | 'runc' | 'chroot';
  /** `NAME=VALUE`, over those of the image. */
  readonly env?: readonly string[];
  /** In place of the image's CMD. */
  readonly args?: readonly string[];
  /** The step whose progress the starts are, for renderers. */
  readonly step?: string;
  /** Milliseconds that a program has until its first ready answer; 10 seconds where it is not said. */
  readonly timeout?: number;
  /** Where it is not said: a network of its own; this machine's, where the program fails without. */
  readonly network?: 'own' | 'host';
}

/** What was said of the probe by flags and configuration; all of it wins over what is found by trying. */
export interface ProbeWish {
  readonly probe?: Probe;
  readonly port?: number;
  /** Of a health page. */
  readonly path?: string;
  /** The program ends by itself, with this code. */
  readonly exit?: number;
}

export interface FoundProbe {
  readonly probe: Probe;
  /** In which network programs are started: one of their own with the loopback device alone, or this machine's. */
  readonly network: 'own' | 'host';
  /** What must be said of it, a sentence each. */
  readonly notes: readonly string[];
}

/** What several starts of one image came to. */
export interface StartFigures {
  readonly start: Measured;
  readonly memory: Measured;
  readonly failure?: Failure;
}

export interface BuildTimes {
  readonly coldBuild: Measured;
  readonly changedBuild: Measured;
  readonly unchangedBuild: Measured;
}
