/** A public program, accounted for and held against what its twin with symbols says. Eight are in test/full/ledger.test.ts. */
import { describe, expect, it } from 'vitest';
import { goProgram } from '../../components/go-programs.ts';
import { hasGo } from '../../components/go.ts';
import { describeWith } from '../../components/program.ts';
import { expectAgreement, expectExact, expectShares, readFile } from './judge.ts';
import { packageNamed } from './oracle.ts';

/** The one that other tests need, too: it is compiled once. */
const program = {
  module: 'github.com/google/go-containerregistry',
  version: 'v0.22.1',
  package: 'github.com/google/go-containerregistry/cmd/crane',
} as const;

describeWith([hasGo], 'a public program', () => {
  it('is accounted for, stripped and not', async () => {
    const twin = await goProgram({ ...program, strip: false });
    const stripped = await readFile(await goProgram({ ...program, strip: true }));
    expectExact(stripped);
    expectShares(stripped.ledger, true);
    await expectAgreement(stripped, twin);
    const unstripped = await readFile(twin);
    expectExact(unstripped);
    expectShares(unstripped.ledger, false);
  });
});

describe('the oracle itself', () => {
  it.each([
    ['net/http.(*Server).Serve', 'net/http'],
    ['main.main', 'example.com/tool'],
    ['main.(*T).M', 'example.com/tool'],
    ['gopkg.in/yaml%2ev3.yaml_parser_initialize', 'gopkg.in/yaml.v3'],
    ['github.com/a/b.F[go.shape.struct { github.com/c/d.x int }]', 'github.com/a/b'],
    ['github.com/a/b..dict.F[github.com/c/d.T]', 'github.com/a/b'],
    ['github.com/a/b..stmp_12', 'github.com/a/b'],
    ['vendor/golang.org/x/net/idna.(*Profile).process', 'vendor/golang.org/x/net/idna'],
    ['type:.eq.net/http.http2FrameHeader', 'net/http'],
    ['type:.eq.[2]net/http.T', undefined],
    ['type:.hash.struct { net/http.a int }', undefined],
    ['go:itab.*os.File,io.Reader', 'os'],
    ['go:itab.struct { os.x int },io.Reader', undefined],
    ['type:*os.File', undefined],
    ['go:string."os.File"', undefined],
    ['$f64.3ff0000000000000', undefined],
    ['runtime.pclntab', undefined],
    ['runtime.mallocgc', 'runtime'],
    ['_rt0_amd64_linux', undefined],
  ])('says of %s that it is of package %s', (symbol, path) => {
    expect(packageNamed(symbol, 'example.com/tool')).toBe(path);
  });
});
