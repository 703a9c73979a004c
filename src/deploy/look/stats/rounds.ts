import type { FleetHost } from '../../fleet.ts';
import { listFunction, readContainers, type LookedAt } from '../containers.ts';
import { linesOf } from '../logs/split.ts';
import { follow } from '../runtime.ts';
import { readUsage, type Usage } from './usage.ts';

/** The service's containers on one host at one moment. */
export interface Round {
  readonly containers: readonly LookedAt[];
  readonly usage: readonly Usage[];
}

/** Podman without root has no figures where control groups are of the first version: then the processes are summed up. */
const byProcesses = String.raw`
by_processes() {
  page=$(getconf PAGESIZE) || page=4096
  tick=$(getconf CLK_TCK) || tick=100
  rt inspect --type container --format '{{.Name}} {{.State.Pid}} {{.HostConfig.Memory}}' $names 2>/dev/null | while read -r name pid limit; do
    cat /proc/[0-9]*/stat 2>/dev/null | awk -v root="$pid" -v name="$name" -v limit="$limit" -v page="$page" -v tick="$tick" '
      # The name of a program stands in brackets and may hold anything.
      { pid = $1; sub(/^.*\) /, ""); parent[pid] = $2; ticks[pid] = $12 + $13; pages[pid] = $22 }
      END {
        for (pid in parent) {
          for (up = pid; up in parent && up != root; up = parent[up]) if (up == 1) break
          if (up == root) { cpu += ticks[pid]; memory += pages[pid]; count++ }
        }
        sub(/^\//, "", name)
        printf "{\"name\":\"%s\",\"cpu_time\":\"%.0fms\",\"mem_usage\":\"%.0fB / %.0fB\",\"pids\":\"%d\"}\n", name, cpu * 1000 / tick, memory * page, limit, count
      }'
  done
}
`;

/**
 * Docker takes two seconds for a look, as it waits for two of its own; Podman says at once what was used since the start. Each round ends with a line
 * with a dot.
 */
const script = `${listFunction}${byProcesses}
while :; do
  found=$(list service "$service") || exit 1
  printf '%s\\n-\\n' "$found"
  names=$(rt ps -q --no-trunc --filter "label=coracle.service=$service" --filter label=coracle.kind=release) || exit 1
  if [ -n "$names" ]; then
    # Words: each is an id.
    rt stats --no-stream --no-trunc --format '{{json .}}' $names 2>/dev/null || by_processes
    [ "$runtime" = docker ] || sleep 2
  else
    sleep 2
  fi
  printf '\\n.\\n'
done
`;

/** Lines of one round that are taken. */
const longest = 2000;

/** Looks again and again, through one stream, until the signal. @throws ToolError HOST_UNREACHABLE */
export async function* rounds(host: FleetHost, signal: AbortSignal): AsyncGenerator<Round, void, undefined> {
  const { stdout } = await follow(host, script, {}, signal);
  const times = new Map<string, { readonly cpuTime: number; readonly at: number }>();
  let lines: string[] = [];
  for await (const line of linesOf(stdout)) {
    if (line !== '.') {
      if (lines.length < longest) lines.push(line);
      continue;
    }
    const middle = lines.indexOf('-');
    const containers = readContainers(lines.slice(0, middle).join('\n')).filter(
      ({ kind }) => kind === 'release',
    );
    const usage = readUsage(lines.slice(middle + 1).join('\n'));
    yield { containers, usage: usage.map((each) => inBetween(each, times)) };
    lines = [];
  }
}

/** Podman's percentage is that since the start: from the second round on it is that since the round before. */
function inBetween(
  usage: Usage,
  times: Map<string, { readonly cpuTime: number; readonly at: number }>,
): Usage {
  const { name, cpuTime } = usage;
  if (cpuTime === undefined) return usage;
  const at = performance.now();
  const before = times.get(name);
  times.set(name, { cpuTime, at });
  if (!before || before.cpuTime > cpuTime || at - before.at < 100) return usage;
  return { ...usage, cpu: (100 * (cpuTime - before.cpuTime)) / (at - before.at) };
}
