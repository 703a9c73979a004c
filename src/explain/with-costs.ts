import { promises as fs } from 'node:fs';
import path from 'node:path';
import type { Ctx } from '../core/ctx.ts';
import { isToolError, systemCode, ToolError } from '../core/errors.ts';
import { fileError } from '../core/files.ts';
import { isGo } from '../golang/ledger/is-go.ts';
import { explain } from './explain.ts';
import type { BinaryExplanation, Explanation, ExplainRequest } from './types.ts';
import { whatIs } from './what.ts';

/**
 * Explains, and says of Go programs what makes them big: a directory of Go source is built; of what was built elsewhere the source may be
 * named (`request.goSource`), else the file alone tells.
 * @throws ToolError as `explain`; as a build; CONFIG_INVALID when the source is of another program
 */
export async function explainWithCosts(ctx: Ctx, request: ExplainRequest): Promise<Explanation> {
  if (request.goSource !== undefined) await checkSource(ctx, request.goSource);
  const { program, unbuilt } = await explainGoSource(ctx, request);
  if (program) return program;
  const explained = await explain(ctx, request);
  const explanation =
    unbuilt === undefined || explained.kind === 'binary'
      ? explained
      : { ...explained, problems: [...explained.problems, unbuilt] };
  if (request.goSource !== undefined) return addSource(ctx, explanation, request.goSource, request);
  const { costsOfFile } = await import('./costs/costs.ts');
  const add = async (binary: BinaryExplanation): Promise<BinaryExplanation> =>
    isGo(binary.ledger) ? { ...binary, costs: await costsOfFile(binary.ledger) } : binary;
  if (explanation.kind === 'binary') return add(explanation);
  return { ...explanation, binaries: await Promise.all(explanation.binaries.map(add)) };
}

/** Before anything is read. @throws ToolError NOT_FOUND, FILE_UNREADABLE */
async function checkSource(ctx: Ctx, directory: string): Promise<void> {
  const place = path.resolve(ctx.cwd, directory);
  const stat = await fs.stat(place).catch((error: unknown) => {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw fileError(error, 'read', place);
  });
  if (stat?.isDirectory()) return;
  throw new ToolError(
    'NOT_FOUND',
    stat ? `${directory} is no directory` : `there is no directory ${directory}`,
    {
      hint: "--source takes the directory of the program's main package.",
    },
  );
}

/** As `explainWithCosts`, for whoever compares bytes: nothing is built or counted to tell what they cost. */
export async function explainForBytes(ctx: Ctx, request: ExplainRequest): Promise<Explanation> {
  const { goSource: _, ...plain } = request;
  return (await explainGoSource(ctx, { ...plain, measure: false })).program ?? explain(ctx, plain);
}

interface OfSource {
  readonly program?: BinaryExplanation;
  /** Why there is none although there is a module: whoever named its root may have meant a program in it. */
  readonly unbuilt?: string;
}

/** The program of a directory of Go source; nothing of any other thing. */
async function explainGoSource(ctx: Ctx, request: ExplainRequest): Promise<OfSource> {
  const { what, platform, environment, measure, goSource } = request;
  const thing = await whatIs(ctx, what);
  if (thing.kind !== 'directory' || goSource !== undefined || !(await hasGo(thing.path))) return {};
  const { explainSource } = await import('./costs/source.ts');
  try {
    const program = await explainSource(ctx, what, {
      ...(platform === undefined ? {} : { platform }),
      ...(environment === undefined ? {} : { environment }),
      ...(measure === undefined ? {} : { measure }),
    });
    return { program };
  } catch (error) {
    if (isToolError(error, 'NO_GO_MOD')) {
      const { programsOfWorkspace } = await import('./costs/workspace.ts');
      const told = await programsOfWorkspace(ctx, what, platform);
      // Go files that are no program are files like any others.
      return told === undefined ? {} : { unbuilt: `no program was built: ${told}` };
    }
    if (!isToolError(error, 'NO_MAIN_PACKAGE')) throw error;
    return { unbuilt: `no program was built: ${[error.message, error.hint].filter(Boolean).join('. ')}` };
  }
}

async function hasGo(directory: string): Promise<boolean> {
  const names = await fs.readdir(directory).catch(() => []);
  return names.some((name) => name === 'go.mod' || name === 'go.work' || path.extname(name) === '.go');
}

/** Adds what the source tells: to the program, or to those programs of an image that are of this source. */
async function addSource(
  ctx: Ctx,
  explanation: Explanation,
  directory: string,
  { platform, environment, measure }: ExplainRequest,
): Promise<Explanation> {
  const { costsWithSource } = await import('./costs/source.ts');
  const withCosts = async (binary: BinaryExplanation): Promise<BinaryExplanation> => {
    const options = {
      ...(platform === undefined ? {} : { platform }),
      ...(environment === undefined ? {} : { environment }),
      ...(measure === undefined ? {} : { measure }),
    };
    return { ...binary, costs: await costsWithSource(ctx, binary.ledger, directory, options) };
  };
  if (explanation.kind === 'binary') {
    if (isGo(explanation.ledger)) return withCosts(explanation);
    throw new ToolError(
      'CONFIG_INVALID',
      `${explanation.source} is no program of Go, and ${directory} not its source`,
      {
        hint: 'Leave --source out.',
      },
    );
  }
  const binaries: BinaryExplanation[] = [];
  let refused: ToolError | undefined;
  for (const binary of explanation.binaries) {
    const own = binary.ledger.binary?.buildInfo === undefined ? binary : await ofThisSource(binary);
    binaries.push(own);
  }
  if (binaries.some(({ costs }) => costs !== undefined)) return { ...explanation, binaries };
  throw (
    refused ??
    new ToolError('CONFIG_INVALID', `no Go program in ${explanation.source} is of ${directory}`, {
      hint: 'Name the directory of its main package with --source.',
    })
  );

  async function ofThisSource(binary: BinaryExplanation): Promise<BinaryExplanation> {
    try {
      return await withCosts(binary);
    } catch (error) {
      if (!isToolError(error, 'CONFIG_INVALID')) throw error;
      refused = error;
      return binary;
    }
  }
}
