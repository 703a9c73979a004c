import type { Recipe } from './methods/recipe.ts';
import type { BuiltMethod, Method } from './method.ts';
import type { BuildTimes, ImageFigures, StartFigures } from './measure/types.ts';
import type { Failure, Figures, Measured, MethodResult } from './types.ts';

/** A method, and of our own ones how they are made. */
export interface RowMethod extends Method {
  /** Undefined for what the user gave. */
  readonly recipe?: Recipe;
  /** It is built beside the others, as nothing of theirs is used. */
  readonly apart?: boolean;
}

/** One method on its way to a result. */
export interface Row {
  readonly method: RowMethod;
  built?: BuiltMethod;
  failure?: Failure;
  figures?: ImageFigures;
  started?: StartFigures;
  second?: Measured;
  times?: BuildTimes;
}

/** What a row came to; a figure that is missing says why. */
export function resultOf({ method, ...row }: Row, statement: string | undefined): MethodResult {
  const { name, kind, means, dockerfile } = method;
  const none = { missing: row.failure?.cause ?? 'it was not built' };
  return {
    ...{ name, kind, means },
    ...(statement !== undefined && { statement }),
    ...(row.failure && { failure: row.failure }),
    ...(row.built && { image: row.built }),
    ...(dockerfile !== undefined && { dockerfile }),
    figures: figuresFor(row, none),
    holds: row.figures?.holds ?? [],
  };
}

function figuresFor(row: Omit<Row, 'method'>, none: { readonly missing: string }): Figures {
  const still = row.figures?.figures ?? {
    ...{ size: none, unpacked: none, layers: none, files: none, packages: none, setuid: none },
    ...{ shells: none, packageManagers: none, root: none },
  };
  return {
    ...still,
    secondRelease: row.second ?? none,
    ...row.times,
    start: row.started?.start ?? none,
    memory: row.started?.memory ?? none,
  };
}
