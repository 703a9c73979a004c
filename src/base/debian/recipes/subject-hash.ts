import { X509Certificate, createHash } from 'node:crypto';

/**
 * The name under which OpenSSL looks for an authority's certificate in a directory (`openssl x509 -subject_hash`): the first four bytes,
 * little-endian, of the SHA-1 of the subject in canonical form: its strings as UTF-8, in lower case, spaces trimmed and made one.
 */
export function subjectHash(pem: string | Buffer): { readonly hash: string; readonly fingerprint: string } {
  const certificate = new X509Certificate(pem);
  const canonical = canonicalName(subjectOf(certificate.raw));
  const digest = createHash('sha1').update(canonical).digest();
  return {
    hash: digest.readUInt32LE(0).toString(16).padStart(8, '0'),
    fingerprint: certificate.fingerprint256,
  };
}

/** A value of DER: its tag, the whole and what is in it. */
interface Der {
  readonly tag: number;
  readonly whole: Buffer;
  readonly content: Buffer;
}

const sequence = 0x30;
const set = 0x31;
const utf8String = 0x0c;
/** UTF8String, PrintableString, T61String, IA5String, VisibleString. */
const textTags: ReadonlySet<number> = new Set([0x0c, 0x13, 0x14, 0x16, 0x1a]);
const universalString = 0x1c;
const bmpString = 0x1e;

/** The sixth field of TBSCertificate (RFC 5280, section 4.1), where the first, the version, may be missing. */
function subjectOf(certificate: Buffer): Buffer {
  const [outer] = readAll(certificate);
  const [body] = readAll(outer?.content ?? certificate);
  const fields = readAll(body?.content ?? certificate);
  const version = fields[0]?.tag === 0xa0 ? 1 : 0;
  return fields[version + 4]?.content ?? Buffer.alloc(0);
}

/** The canonical names one after the other, without a sequence around them. */
function canonicalName(name: Buffer): Buffer {
  const sets = readAll(name).map(({ content }) => {
    const pairs = readAll(content).map((pair) => {
      const [type, value] = readAll(pair.content);
      return write(sequence, [
        type?.whole ?? Buffer.alloc(0),
        value ? canonicalValue(value) : Buffer.alloc(0),
      ]);
    });
    return write(set, pairs.sort(Buffer.compare));
  });
  return Buffer.concat(sets);
}

function canonicalValue({ tag, whole, content }: Der): Buffer {
  const text = textOf(tag, content);
  if (text === undefined) return whole;
  const trimmed = text.replaceAll(/[ \t\n\v\f\r]+/g, ' ').replaceAll(/^ | $/g, '');
  const lower = trimmed.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
  return write(utf8String, [Buffer.from(lower, 'utf8')]);
}

function textOf(tag: number, content: Buffer): string | undefined {
  if (tag === utf8String) return content.toString('utf8');
  if (textTags.has(tag)) return content.toString('latin1');
  if (tag === bmpString && content.length % 2 === 0) return Buffer.from(content).swap16().toString('utf16le');
  if (tag !== universalString || content.length % 4 !== 0) return undefined;
  const points = Array.from({ length: content.length / 4 }, (_, index) => content.readUInt32BE(index * 4));
  return points.every((point) => point <= 0x10ffff) ? String.fromCodePoint(...points) : undefined;
}

/** Node has parsed the certificate before: lengths are sound; what is not ends the list. */
function readAll(bytes: Buffer): Der[] {
  const values: Der[] = [];
  for (let at = 0; at + 2 <= bytes.length;) {
    const first = bytes[at + 1] ?? 0;
    const long = first < 0x80 ? 0 : first & 0x7f;
    if (long > 4 || at + 2 + long > bytes.length) break;
    const length = long === 0 ? first : bytes.readUIntBE(at + 2, long);
    const from = at + 2 + long;
    if (from + length > bytes.length) break;
    values.push({
      tag: bytes[at] ?? 0,
      whole: bytes.subarray(at, from + length),
      content: bytes.subarray(from, from + length),
    });
    at = from + length;
  }
  return values;
}

function write(tag: number, parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  if (content.length < 0x80) return Buffer.concat([Buffer.of(tag, content.length), content]);
  const size = content.length < 0x100 ? 1 : content.length < 0x10000 ? 2 : 3;
  const length = Buffer.alloc(size);
  length.writeUIntBE(content.length, 0, size);
  return Buffer.concat([Buffer.of(tag, 0x80 + size), length, content]);
}
