import { ToolError } from '../../core/errors.ts';

/** The error for every file that is not the executable it should be. */
export function unreadable(name: string, reason: string): ToolError {
  return new ToolError('BINARY_UNREADABLE', `cannot read ${name} as an ELF executable: ${reason}`, {
    hint: 'Build it again; if it was made by another tool or packed (UPX), give Coracle the file that the Go linker wrote.',
  });
}
