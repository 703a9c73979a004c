import { readAllSecrets } from '../../deploy/secrets.ts';
import type { Finding } from '../finding.ts';
import type { Stage } from '../types.ts';
import type { ShipWork } from '../work.ts';

/** Is all said that a release needs, and are its secrets there? Values of secrets are read and dropped. */
export function configStage(work: ShipWork): Stage {
  return {
    name: 'config',
    summary: 'coracle.yaml says what it must, and the secrets are there',
    async run(_state, ctx) {
      const { shown, config } = await work.loaded();
      if (config.deploy === undefined && !work.deploys)
        return { verdict: 'passed', summary: `${shown} is valid; it deploys nowhere`, findings: [] };
      const settings = await work.settings();
      const { hosts, container, accessories } = settings;
      const secrets = [container, ...accessories].flatMap((each) => each.secrets);
      const findings: Finding[] = [];
      if (work.deploys) await readAllSecrets(ctx, settings);
      else if (secrets.length > 0)
        findings.push({
          rule: 'config/secrets',
          severity: 'note',
          message: `the secrets ${secrets.map(({ name }) => name).join(', ')} are not asked for, as nothing is deployed`,
        });
      const counts = [
        hosts.length === 1 ? '1 host' : `${hosts.length} hosts`,
        ...(secrets.length === 0 ? [] : [`${secrets.length} ${secrets.length === 1 ? 'secret' : 'secrets'}`]),
      ];
      return {
        verdict: 'passed',
        summary: `${shown} is valid: ${counts.join(', ')}`,
        findings,
        data: { file: shown, service: settings.service, hosts: hosts.map(({ name }) => name) },
      };
    },
  };
}
