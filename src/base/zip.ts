import { ToolError } from '../core/errors.ts';

const endMark = 0x06054b50;
const directoryMark = 0x02014b50;
const localMark = 0x04034b50;

/**
 * The files of a small zip archive whose entries are stored, not compressed, as Go's zoneinfo.zip is (its own reader knows no other).
 * Directories are left out. Every offset is checked.
 * @throws ToolError FILE_UNREADABLE
 */
export function readStoredZip(zip: Buffer, name: string): Map<string, Buffer> {
  const damaged = (what: string): ToolError =>
    new ToolError('FILE_UNREADABLE', `${name} is not a zip archive of stored files: ${what}`, {
      hint: 'Remove the Go toolchain that it belongs to (coracle toolchain list shows it); the next build fetches it again.',
    });
  const need = (at: number, length: number): number => {
    if (at < 0 || at + length > zip.length) throw damaged('it is cut short');
    return at;
  };
  // The end record is last, behind it at most a comment.
  const end = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0 || zip.readUInt32LE(need(end, 22)) !== endMark) throw damaged('it has no directory');
  const count = zip.readUInt16LE(end + 10);
  let at = zip.readUInt32LE(end + 16);
  const files = new Map<string, Buffer>();
  for (let index = 0; index < count; index++) {
    if (zip.readUInt32LE(need(at, 46)) !== directoryMark) throw damaged('its directory is damaged');
    const [method, size] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 24)];
    const nameLength = zip.readUInt16LE(at + 28);
    const local = zip.readUInt32LE(at + 42);
    const file = zip.toString('utf8', need(at + 46, nameLength), at + 46 + nameLength);
    if (!file.endsWith('/')) {
      if (method !== 0) throw damaged(`${file} is compressed`);
      if (zip.readUInt32LE(need(local, 30)) !== localMark)
        throw damaged(`${file} is not where the directory says`);
      const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
      need(start, size);
      files.set(file, zip.subarray(start, start + size));
    }
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return files;
}
