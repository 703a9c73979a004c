import path from 'node:path';
import type { TestSpecification } from 'vitest/node';
import { BaseSequencer } from 'vitest/node';
import { slowFiles } from './slow-files.ts';

/** Files that take long start first, so that at the end no processor waits for another. The rest is in vitest's own order. */
export class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const known = ({ moduleId }: TestSpecification): number =>
      slowFiles[path.relative(this.ctx.config.root, moduleId)] ?? 0;
    return (await super.sort(files)).toSorted((a, b) => known(b) - known(a));
  }
}
