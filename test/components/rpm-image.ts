import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { File } from '../solve/exec/files.ts';
import { cached } from './cache.ts';
import { aptDebs, aptMissing } from './deb.ts';
import { findProgram } from './program.ts';
import type { Probe } from './program.ts';

/** To be raised when what is made changes. */
const version = 1;

const debs = [
  'rpm',
  'rpm-common',
  'librpm9',
  'librpmbuild9',
  'librpmio9',
  'librpmsign9',
  'libarchive13',
  'libfsverity0',
  'liblua5.3-0',
  'libpopt0',
  'libsqlite3-0',
];

/** Packages of the image: an epoch, documents with a licence, translations; one that is nothing but a name. */
export const rpmPackages = ['tiny 3:1.0-2', 'words 0:0.9-1'];

const specs = {
  tiny: `Name: tiny
Version: 1.0
Release: 2
Epoch: 3
Summary: a package of a test
License: MIT
BuildArch: noarch
%description
It is small.
%install
cd %{buildroot}
mkdir -p usr/share/doc/tiny usr/share/licenses/tiny usr/share/locale/de/LC_MESSAGES usr/share/man/man1
echo read me >usr/share/doc/tiny/README
echo anybody >usr/share/licenses/tiny/LICENSE
echo Wort >usr/share/locale/de/LC_MESSAGES/tiny.mo
echo how to >usr/share/man/man1/tiny.1
%files
/usr/share/doc/tiny
/usr/share/licenses/tiny
/usr/share/locale/de/LC_MESSAGES/tiny.mo
/usr/share/man/man1/tiny.1*
`,
  words: `Name: words
Version: 0.9
Release: 1
Summary: a package without files
License: MIT
BuildArch: noarch
%description
It is empty.
%files
`,
};

export const canMakeRpmImage: Probe = () =>
  aptMissing() ?? (findProgram('ldd') === undefined ? 'ldd not installed' : undefined);

/** What `tiny` brings; the licence lies in no folder of documents. */
const tinyFiles = {
  'usr/share/doc/tiny/README': 'read me\n',
  'usr/share/licenses/tiny/LICENSE': 'anybody\n',
  'usr/share/locale/de/LC_MESSAGES/tiny.mo': 'Wort\n',
  'usr/share/man/man1/tiny.1': 'how to\n',
};

/**
 * The files of a system of RPM's family: real packages by rpmbuild, installed into a real database (SQLite, where Fedora has it) by rpm, and
 * rpm itself with its libraries to read it. Fetched through the machine's apt once, kept in the test cache.
 */
export async function rpmImageFiles(): Promise<Record<string, File>> {
  const place = await cached(`rpm-image-${version}`, makeRpms);
  const tools = path.join(place, 'tools');
  const program = (file: string): File => ({ text: readFileSync(file), mode: 0o755 });
  return {
    ...tinyFiles,
    'etc/rpm/macros': '%_dbpath /var/lib/rpm\n',
    'usr/bin/rpm': program(path.join(tools, 'usr/bin/rpm')),
    ...Object.fromEntries(libraries(tools).map(([inside, file]) => [inside, program(file)])),
    ...Object.fromEntries(
      ['macros', 'rpmrc'].map((name) => [
        `usr/lib/rpm/${name}`,
        { text: readFileSync(path.join(tools, 'usr/lib/rpm', name)) },
      ]),
    ),
    'usr/lib/sysimage/rpm/rpmdb.sqlite': { text: readFileSync(path.join(place, 'db/rpmdb.sqlite')) },
    'var/lib/rpm': '-> ../../usr/lib/sysimage/rpm',
  };
}

async function makeRpms(place: string): Promise<void> {
  const tools = path.join(place, 'tools');
  mkdirSync(tools);
  for (const [index, { bytes }] of (await aptDebs(debs)).entries()) {
    const file = path.join(place, `${index}.deb`);
    writeFileSync(file, bytes);
    execFileSync('dpkg-deb', ['--extract', file, tools]);
  }
  const env = { ...ownLibraries(tools), RPM_CONFIGDIR: path.join(tools, 'usr/lib/rpm') };
  const call = (name: string, words: readonly string[]): void =>
    void execFileSync(path.join(tools, 'usr/bin', name), words, { env, stdio: 'pipe' });
  const database = path.join(place, 'db');
  for (const [name, spec] of Object.entries(specs)) {
    const file = path.join(place, `${name}.spec`);
    writeFileSync(file, spec);
    const defined = [`_topdir ${place}/build`, `_tmppath ${place}`, `_dbpath ${database}`].flatMap((one) => [
      '--define',
      one,
    ]);
    call('rpmbuild', ['-bb', ...defined, file]);
  }
  const built = path.join(place, 'build/RPMS/noarch');
  const rpms = readdirSync(built).map((name) => path.join(built, name));
  call('rpm', ['--dbpath', database, '--nodeps', '--justdb', '--noscripts', '-i', ...rpms]);
}

function ownLibraries(tools: string): NodeJS.ProcessEnv {
  const folder = readdirSync(path.join(tools, 'usr/lib')).find((name) => name.endsWith('-linux-gnu')) ?? '';
  return { ...process.env, LD_LIBRARY_PATH: path.join(tools, 'usr/lib', folder) };
}

/** What rpm asks for, where a usr-merged Debian has it, and the file of this machine. */
function libraries(tools: string): [inside: string, file: string][] {
  const env = ownLibraries(tools);
  const text = execFileSync('ldd', [path.join(tools, 'usr/bin/rpm')], { env }).toString();
  return [...text.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(([line, file = '']) => {
    if (!line.startsWith('=>')) return [file.slice(1), file];
    return [`usr/lib/${path.basename(path.dirname(file))}/${path.basename(file)}`, file];
  });
}
