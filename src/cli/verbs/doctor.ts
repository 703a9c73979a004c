import { defineVerb } from '../verb.ts';

export const doctor = defineVerb({
  name: 'doctor',
  summary: 'Find out what this machine can do',
  description:
    'Tries what builds need (a place to write, Go, the module proxy, the checksum database, git, a C compiler, Docker or Podman, credentials, each sandbox for the steps of Dockerfiles), and says what to install for more. Changes nothing. Ends with 1 when something stands in the way of building.',
  args: [],
  flags: [],
  examples: [{ command: 'coracle doctor', what: 'All checks.' }],
  async run(ctx, _input, out) {
    const { doctor: examine } = await import('../../host/doctor.ts');
    const findings = await examine(ctx);
    const problems = findings.filter((finding) => finding.state === 'problem');
    if (out.json) await out.document({ schema: 'coracle.doctor/v1', findings });
    else if (out.quiet)
      await out.print(problems.map((finding) => `${finding.name}: ${finding.says}`).join('\n'));
    else {
      const { renderDoctor } = await import('../../render/doctor.ts');
      await out.print(renderDoctor(findings, out.style, out.columns));
    }
    return problems.length > 0 ? 1 : 0;
  },
});
