/** One line of the table: the same work done by us and by peers, in turns. */
export interface Case {
  /** What the table calls the work. */
  readonly work: string;
  readonly unit: 's' | 'MB';
  /** What is to be reached, in words, and whether it was: asked with the medians by contender. */
  readonly target?: {
    readonly words: string;
    readonly reached: (medians: Readonly<Record<string, number>>) => boolean;
  };
  /** By name; `ours` is one of them. Each gives seconds or megabytes of one round. */
  readonly contenders: Readonly<Record<string, (round: number) => Promise<number>>>;
  /** Rounds, unless told on the command line. */
  readonly rounds: number;
  /** Done once before the first round, not counted. */
  readonly warmUp?: () => Promise<void>;
}

export interface Row {
  readonly work: string;
  readonly unit: 's' | 'MB';
  /** Of those that have an aim. */
  readonly target?: string;
  readonly reached?: boolean;
  readonly results: Readonly<
    Record<
      string,
      { readonly median: number; readonly least: number; readonly most: number; readonly rounds: number }
    >
  >;
}

export const megabyte = 1_000_000;
