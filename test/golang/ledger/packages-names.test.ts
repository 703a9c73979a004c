import { describe, expect, it } from 'vitest';
import { packageOfSymbol, unescapePath } from '../../../src/golang/ledger/packages-names.ts';

describe('the package in a symbol name', () => {
  it.each([
    ['main.main', 'main'],
    ['net/http.(*Server).Serve', 'net/http'],
    ['gopkg.in/yaml%2ev3.(*parser).parse.func1', 'gopkg.in/yaml%2ev3'],
    ['github.com/a.b/c.F', 'github.com/a.b/c'],
    ['slices.SortFunc[go.shape.*example.com/x/y.T]', 'slices'],
    ['example.com/m.(*Set[go.shape.string]).Add', 'example.com/m'],
    ['main..stmp_1', 'main'],
    ['encoding/json..inittask', 'encoding/json'],
    ['type:.eq.net/http.http2FrameHeader', 'net/http'],
    ['type..hash.os.file', 'os'],
    ['type:.eq.[2]string', ''],
    ['type:.eq.struct { net/http.a int }', ''],
    ['go:(*struct { sync.Mutex }).Lock', ''],
    ['go.shape.int', ''],
    ['go:buildid', ''],
    ['aeshashbody', ''],
    ['$f64.3ff0000000000000', ''],
    ['', ''],
  ])('%s: %s', (symbol, expected) => {
    expect(packageOfSymbol(symbol)).toBe(expected);
  });

  it('is unescaped as the compiler escapes', () => {
    expect(unescapePath('gopkg.in/yaml%2ev3')).toBe('gopkg.in/yaml.v3');
    expect(unescapePath('example.com/%c3%a9t%c3%a9')).toBe('example.com/été');
    expect(unescapePath('net/http')).toBe('net/http');
  });
});
