/**
 * What to do in place of a step that gave files another owner or mode, when it was COPY or ADD that brought them, which can do so itself.
 * @param path of a file that the step wrote anew, with a slash before it
 * @param made the instruction that made the file
 * @param changed the one that wrote it anew
 * @returns undefined unless a chown or chmod of that step names the file, or a directory above it
 */
export function copyInstead(path: string, made: string, changed: string): string | undefined {
  const copied = /^(COPY|ADD)\s/.exec(made)?.[1];
  if (copied === undefined) return undefined;
  if (names(changed, /^(?:chown|chgrp)$/, path))
    return `${copied} --chown=USER:GROUP …, in place of changing the owner later`;
  if (names(changed, /^chmod$/, path)) return `${copied} --chmod=MODE …, in place of changing the mode later`;
  return undefined;
}

/** Whether a command of a step is such a one and has the path, or what it lies in, among its words. */
function names(step: string, command: RegExp, path: string): boolean {
  return step
    .slice(0, longest)
    .replace(/^RUN\s+/, '')
    .split(/&&|\|\||[;|\n]/)
    .some((part) => {
      const words = part.split(/[\s'"()]+/).map((word) => word.replace(/(?<=.)\/\*?$/, ''));
      return (
        words.some((word) => command.test(word)) &&
        words.some((word) => word.startsWith('/') && (path === word || path.startsWith(`${word}/`)))
      );
    });
}

/** A heredoc can be a megabyte, and is asked for each file that it changed. */
const longest = 4096;
