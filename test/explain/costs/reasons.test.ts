import { expect, test } from 'vitest';
import { methodLookups, packageOfSymbol } from '../../../src/explain/costs/reflection/reasons.ts';

const said = (...lines: readonly string[]): Buffer => Buffer.from(`${lines.join('\n')}\n`, 'latin1');

test('a function that looks methods up is told with the way that the linker first went to it', () => {
  const text = said(
    '# example.com/app',
    '_ -> _rt0_amd64_linux',
    'runtime.main_main·f -> main.main',
    'main.main -> example.com/page.Write',
    'main.main -> type:example.com/page.Page <UsedInIface>',
    'type:example.com/page.Page <UsedInIface> -> example.com/page.Page.Title',
    'example.com/page.Page.Title -> go:string."a -> b"',
    'example.com/page.Page.Title -> gopkg.in/look%2ev2.(*finder).find <ReflectMethod>',
    'gopkg.in/look%2ev2.(*finder).find <ReflectMethod> -> reflect.Value.MethodByName',
    'type:reflect.Value <UsedInIface> -> reflect.(*Value).Method <ReflectMethod>',
  );
  expect(methodLookups(text)).toEqual([
    {
      name: 'gopkg.in/look%2ev2.(*finder).find',
      chain: [
        'main.main',
        'type:example.com/page.Page',
        'example.com/page.Page.Title',
        'gopkg.in/look%2ev2.(*finder).find',
      ],
    },
    { name: 'reflect.(*Value).Method', chain: ['type:reflect.Value', 'reflect.(*Value).Method'] },
  ]);
});

test('two flags at once, an init function, and no line at all', () => {
  const text = said(
    '_ -> go:main.inittasks',
    'go:main.inittasks -> main..inittask',
    'main..inittask -> main.init.0 <UsedInIface><ReflectMethod>',
  );
  expect(methodLookups(text)).toEqual([
    { name: 'main.init.0', chain: ['go:main.inittasks', 'main..inittask', 'main.init.0'] },
  ]);
  expect(methodLookups(Buffer.alloc(0))).toEqual([]);
  expect(methodLookups(Buffer.from('\n\nno arrow\n'))).toEqual([]);
});

test('lines that go in circles end', () => {
  const text = said('b -> a', 'a -> b <ReflectMethod>', 'b -> a');
  expect(methodLookups(text)[0]?.chain.length).toBeLessThan(2000);
});

test('the package of a symbol, whatever its receiver and type arguments are', () => {
  const symbols = {
    'main.main': 'main',
    'text/template.(*state).evalField': 'text/template',
    'gopkg.in/yaml%2ev3.(*decoder).scalar': 'gopkg.in/yaml.v3',
    'slices.SortFunc[go.shape.[]example.com/x.T,go.shape.struct {}]': 'slices',
    'example.com/a/b.Map[example.com/c/d.Key].Get': 'example.com/a/b',
  };
  expect(Object.keys(symbols).map(packageOfSymbol)).toEqual(Object.values(symbols));
});
