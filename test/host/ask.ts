/** Says what doctor finds out about sandboxes for whoever runs this. */
import { makeCtx } from '../../src/core/make-ctx.ts';
import { runCheck, type Finding } from '../../src/host/check.ts';
import { sandboxChecks } from '../../src/host/sandbox.ts';

const ctx = makeCtx(process.env, '/', new AbortController().signal, () => undefined);
const findings: Finding[] = [];
for (const check of sandboxChecks) findings.push(await runCheck(ctx, check));
process.stdout.write(JSON.stringify(findings));
