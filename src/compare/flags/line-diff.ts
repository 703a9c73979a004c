/** Lines around a change that are shown with it. */
const around = 2;
/** Lines of a file beyond which the two middles are shown whole. */
const most = 2000;

/** What changes between two texts, as lines that begin with `-`, `+`, or a space for those around; `…` stands for lines left out. */
export function lineDiff(before: string, after: string): string[] {
  if (before === after) return [];
  const marked = markLines(linesOf(before), linesOf(after));
  const near = marked.map((_, index) =>
    marked.slice(Math.max(0, index - around), index + around + 1).some((line) => !line.startsWith(' ')),
  );
  return marked.flatMap((line, index) => {
    if (near[index] === true) return [line];
    return near[index - 1] === true && near.slice(index).includes(true) ? ['…'] : [];
  });
}

function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** By the longest common row of lines (dynamic programming over what is not equal at both ends). */
function markLines(a: readonly string[], b: readonly string[]): string[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  const [old, now] = [a.slice(start, a.length - end), b.slice(start, b.length - end)];
  const kept = (lines: readonly string[]): string[] => lines.map((line) => ` ${line}`);
  const middle =
    Math.max(old.length, now.length) > most
      ? [...old.map((line) => `-${line}`), ...now.map((line) => `+${line}`)]
      : middleOf(old, now);
  return [...kept(a.slice(0, start)), ...middle, ...kept(end === 0 ? [] : a.slice(-end))];
}

function middleOf(old: readonly string[], now: readonly string[]): string[] {
  const width = now.length + 1;
  const common = new Uint32Array((old.length + 1) * width);
  const at = (i: number, j: number): number => common[i * width + j] ?? 0;
  for (let i = old.length - 1; i >= 0; i--)
    for (let j = now.length - 1; j >= 0; j--)
      common[i * width + j] = old[i] === now[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const lines: string[] = [];
  for (let i = 0, j = 0; i < old.length || j < now.length;) {
    if (i < old.length && j < now.length && old[i] === now[j]) {
      lines.push(` ${old[i] ?? ''}`);
      i++;
      j++;
    } else if (i < old.length && (j >= now.length || at(i + 1, j) >= at(i, j + 1)))
      lines.push(`-${old[i++] ?? ''}`);
    else lines.push(`+${now[j++] ?? ''}`);
  }
  return lines;
}
