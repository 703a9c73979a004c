import { describe, expect, test } from 'vitest';
import { makeImports } from '../../../src/golang/ledger/imports.ts';
import { layoutCandidates, moduledataLayout } from '../../../src/golang/ledger/moduledata-layout.ts';
import { numbersOf } from '../../../src/golang/ledger/numbers.ts';
import { makeObjects } from '../../../src/golang/ledger/objects.ts';
import { nobody, ownersOf } from '../../../src/golang/ledger/owners.ts';
import { pointerMask } from '../../../src/golang/ledger/pointer-mask.ts';
import { makeReferences } from '../../../src/golang/ledger/references.ts';
import { makeSpans } from '../../../src/golang/ledger/spans.ts';
import { beginningOf, isText, packageOfPath } from '../../../src/golang/ledger/strings.ts';
import { typeLayout } from '../../../src/golang/ledger/type-layout.ts';
import { nameRecords } from '../../../src/golang/ledger/type-names.ts';
import type { Claims } from '../../../src/golang/ledger/claims.ts';

const form = { class: 64, littleEndian: true } as const;

/** Claims that only number accounts: shared is 0, packages are counted from 1. */
function numbering(): Claims {
  const names = ['shared'];
  return {
    package: (name) => (names.includes(name) ? names.indexOf(name) : names.push(name) - 1),
    other: () => 0,
    add: () => undefined,
    name: () => undefined,
    problem: () => undefined,
  };
}

describe('layouts', () => {
  test.each([
    [21, 'types', 296],
    [21, 'typelinks', 352],
    [21, 'inittasks', 464],
    [26, 'etypes', 304],
    [26, 'epclntab', 328],
    [26, 'itablinks', 384],
    [27, 'typedesclen', 304],
    [27, 'itaboffset', 320],
    [27, 'gofunc', 344],
    [27, 'inittasks', 448],
    [15, 'types', 200],
    [15, 'typelinks', 240],
    [5, 'typelinks', 200],
  ] as const)('in Go 1.%i, %s stands at %i of moduledata', (minor, field, at) => {
    expect(moduledataLayout(minor, 8).fields.get(field)).toBe(at);
  });

  test('moduledata is as large as the runtime has it, and half as large with 32 bits', () => {
    expect([26, 27].map((minor) => moduledataLayout(minor, 8).size)).toEqual([592, 568]);
    expect(moduledataLayout(26, 4).size).toBe(296);
  });

  test('the version that the file names is tried first', () => {
    expect(layoutCandidates(22).slice(0, 2)).toEqual([22, 27]);
    expect(layoutCandidates(0)).not.toContain(0);
  });

  test('the record of a map grew with its implementation', () => {
    const size = (minor: number, pointer: 4 | 8): number => typeLayout(minor, pointer).sizeOf(21);
    expect([11, 13, 23, 24, 27].map((minor) => size(minor, 8))).toEqual([88, 80, 88, 112, 136]);
    expect([23, 26].map((minor) => size(minor, 4))).toEqual([56, 64]);
  });
});

describe('names in type data', () => {
  const read = (bytes: Buffer, varint: boolean): [number, string] => {
    const names = nameRecords(bytes, numbersOf({ ...form, bytes }), varint);
    return [names.sizeAt(0), names.textAt(0)];
  };

  test('a tag and a package follow the name when the flags say so', () => {
    const bytes = Buffer.concat([
      Buffer.from([6, 3]),
      Buffer.from('abc'),
      Buffer.from([2]),
      Buffer.from('xy'),
      Buffer.alloc(4),
    ]);
    expect(read(bytes, true)).toEqual([12, 'abc']);
  });

  test('lengths had two bytes before Go 1.17', () => {
    expect(read(Buffer.from([1, 0, 2, 0x61, 0x62, 9]), false)).toEqual([5, 'ab']);
  });

  test('lengths over 127 are varints', () => {
    expect(read(Buffer.concat([Buffer.from([0, 0x80, 1]), Buffer.alloc(128, 'x')]), true)[0]).toBe(131);
  });

  test('a record that the file ends in is none', () => {
    expect(read(Buffer.from([0, 50, 0x61]), true)[0]).toBe(0);
  });
});

describe('the mask of pointers in data', () => {
  const mask = (program: readonly number[], words: number): number[] | undefined => {
    const bytes = Buffer.from([...program]);
    const made = pointerMask(holder(bytes), 1, words);
    return made && [...made];
  };
  const holder = (bytes: Buffer): Parameters<typeof pointerMask>[0] => ({ bytes, offsetOf: () => 0 });

  test('bits as they are, and bits repeated', () => {
    // Three bits 101, then the last two of them four times.
    expect(mask([3, 0b101, 0x82, 4, 0], 12)).toEqual([1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0]);
  });

  test('a length that does not fit into the instruction is a varint', () => {
    expect(mask([1, 1, 0x80, 1, 5, 0], 7)).toEqual([1, 1, 1, 1, 1, 1, 0]);
  });

  test('a repetition beyond all words ends with them, whatever its count', () => {
    expect(mask([1, 1, 0x81, 0xff, 0xff, 0xff, 0xff, 0x0f, 0], 4)).toEqual([1, 1, 1, 1]);
  });

  test('repeating bits that were never made, or never ending, is damage', () => {
    expect(mask([1, 1, 0x85, 1, 0], 8)).toBeUndefined();
    expect(mask([1, 1], 8)).toBeUndefined();
  });
});

describe('who imports whom', () => {
  test('the lowest is the one that all others reach, over others too', () => {
    const imports = makeImports();
    imports.add(1, 2);
    imports.add(2, 3);
    imports.add(4, 3);
    expect(imports.lowest([1, 3])).toBe(3);
    expect(imports.lowest([4, 1, 3, 2])).toBe(3);
    expect(imports.lowest([1, 4])).toBe(nobody);
    expect(imports.lowest([1, 9])).toBe(nobody);
  });

  test('the highest is the one that reaches all others: there a type composed of theirs is written', () => {
    const imports = makeImports();
    const [context, model, client, other] = [1, 2, 3, 4];
    imports.add(client, model);
    imports.add(model, context);
    imports.add(other, context);
    expect(imports.highest([context, client])).toBe(client);
    expect(imports.highest([model, context, client])).toBe(client);
    expect(imports.highest([client, other])).toBe(nobody);
    expect(imports.highest([client, 9])).toBe(nobody);
  });

  test('nothing follows from a circle', () => {
    const imports = makeImports();
    imports.add(1, 2);
    imports.add(2, 1);
    expect(imports.lowest([1, 2])).toBe(nobody);
    expect(imports.highest([1, 2])).toBe(nobody);
  });
});

test('references settle by place, and several owners make it shared, but for a variable', () => {
  const imports = makeImports();
  imports.add(5, 6);
  const references = makeReferences(ownersOf(numbering(), imports));
  for (const [target, owner] of [
    [200, 5],
    [100, 6],
    [100, 5],
    [100, 6],
    [300, 5],
    [300, 6],
  ] as const)
    references.add(target, owner);
  const { target, owner } = references.settle((at) => at === 300);
  expect([...target]).toEqual([100, 200, 300]);
  expect([...owner]).toEqual([0, 5, 6]);
});

test('owners pass along pointers, the nearest first', () => {
  const owners = ownersOf(numbering(), makeImports());
  // 100 is known of code; it points at 200, that at 300; nothing known points at 500.
  const objects = makeObjects(
    { target: Float64Array.of(100), owner: Int32Array.of(7) },
    { from: Float64Array.of(108, 204, 500, 300), to: Float64Array.of(200, 300, 600, 100) },
    owners,
    { skip: () => false, isVariable: () => false },
  );
  expect([...objects.start]).toEqual([100, 200, 300, 600]);
  expect([...objects.owner]).toEqual([7, 7, 7, 7]);
  expect([...objects.how]).toEqual([1, 2, 2, 2]);
});

test('spans know what covers a place, also when a later one began inside an earlier one', () => {
  const spans = makeSpans(numbering());
  spans.add(100, 50, 1, 'types', 'type data');
  spans.add(110, 5, 2, 'types', 'type data');
  spans.add(300, 10, 3, 'types', 'type data');
  const known = spans.index();
  expect([99, 112, 149, 150, 305].map(known.covers)).toEqual([false, true, true, false, true]);
  expect([105, 112, 305, 310].map(known.accountAt)).toEqual([1, 2, 3, -1]);
  expect([0, 100, 120, 300].map(known.nextStart)).toEqual([100, 110, 300, Number.POSITIVE_INFINITY]);
});

describe('texts', () => {
  test('paths are escaped as the linker does: dots behind the last slash, and what is not plain', () => {
    expect(['gopkg.in/yaml.v3', 'net/http', 'a.b/c"é'].map(packageOfPath)).toEqual([
      'gopkg.in/yaml%2ev3',
      'net/http',
      'a.b/c%22%c3%a9',
    ]);
  });

  test('text has no control characters', () => {
    expect(['a\tb\n', 'über', 'a\0b', '\u001b[m'].map((text) => isText(Buffer.from(text)))).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  test('the beginning of a text is one line of whole characters', () => {
    expect(beginningOf(Buffer.from('  one\n\n two '))).toBe('one two');
    expect(beginningOf(Buffer.from('😀'.repeat(100)))).toBe(`${'😀'.repeat(60)}…`);
  });
});
