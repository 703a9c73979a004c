/** `api` of `example.com/m/cmd/api`, `caddy` of `github.com/caddyserver/caddy/v2`, `yaml` of `gopkg.in/yaml.v3`. */
export function programName(importPath: string): string {
  const elements = importPath.split('/').filter((element) => element !== '');
  const last = elements.at(-1) ?? 'program';
  const before = elements.at(-2);
  const name = /^v[1-9]\d*$/.test(last) && last !== 'v1' && before !== undefined ? before : last;
  return elements[0] === 'gopkg.in' ? name.replace(/\.v\d+$/, '') : name;
}
