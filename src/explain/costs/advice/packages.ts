/** Advice on packages that are often in a program without anybody wanting what they bring. */
import type { Adviser, Facts } from '../facts.ts';
import { bytesText, chainEvidence, dropOf } from '../chains.ts';
import type { Advice } from '../../types.ts';

interface Known {
  readonly path: string;
  readonly what: string;
  readonly fix: string;
}

const known: readonly Known[] = [
  {
    path: 'net/http/pprof',
    what: 'net/http/pprof serves profiles, and brings text/tabwriter, compress/gzip and runtime/pprof along',
    fix: 'Keep it behind a build tag, so that only builds that are profiled have it. It also puts its pages on http.DefaultServeMux.',
  },
  {
    path: 'expvar',
    what: 'expvar publishes variables over HTTP, and so needs net/http',
    fix: 'Leave it out where nobody reads /debug/vars; whatever serves metrics already does the same.',
  },
  {
    path: 'encoding/gob',
    what: 'encoding/gob builds its coders by reflection',
    fix: 'encoding/json or encoding/binary may do, if they are in the program anyway.',
  },
  {
    path: 'golang.org/x/net/trace',
    what: 'golang.org/x/net/trace serves pages about requests, by html/template, which keeps all methods alive',
    fix: 'With google.golang.org/grpc, build with the tag grpcnotrace.',
  },
  {
    path: 'net/rpc',
    what: 'net/rpc looks up methods by reflection, which keeps all exported methods alive',
    fix: 'Register handlers as functions, or use another protocol.',
  },
  {
    path: 'google.golang.org/protobuf/reflect/protodesc',
    what: 'protobuf describes its messages at run time, with descriptors of every .proto file',
    fix: 'Leave out generated packages that are not used; a generator without reflection (vtprotobuf, protobuf lite) makes smaller ones.',
  },
  {
    path: 'testing',
    what: 'the package testing is in a program that is no test',
    fix: 'Move helpers that import testing to _test.go files or a package of their own.',
  },
  {
    path: 'go/parser',
    what: 'a parser of Go source is in the program',
    fix: 'If only code generators need it, keep them in programs of their own.',
  },
];

/** Packages of the list above that are in the program. */
export const knownPackages: Adviser = ({ packages, source }: Facts) =>
  known.flatMap(({ path, what, fix }): Advice[] => {
    const own = packages.get(path) ?? 0;
    if (own === 0) return [];
    const saves = dropOf(source, path);
    return [
      {
        what,
        because: [`${path}: ${bytesText(own)}`, ...chainEvidence(source, path)],
        ...(saves === undefined ? {} : { saves }),
        measured: false,
        fix,
      },
    ];
  });

/** The time zone database, which an image can hold as a file, or need not hold. */
export const timeZones: Adviser = async (facts) => {
  const { packages, source } = facts;
  const own = packages.get('time/tzdata') ?? 0;
  if (own === 0) return [];
  const drop = dropOf(source, 'time/tzdata');
  const whatIf = source?.whatIf;
  const tagged = whatIf?.settings.tags.includes('timetzdata') === true;
  const advice: Advice = {
    what: 'the time zone database is compiled into the program',
    because: [
      `time/tzdata: ${bytesText(own)}`,
      ...(tagged ? ['the build tag timetzdata asks for it'] : chainEvidence(source, 'time/tzdata')),
    ],
    ...(drop === undefined ? {} : { saves: drop }),
    measured: false,
    fix: 'The bases of coracle bring the database as files when the program can use them: leave out the tag timetzdata, and imports of time/tzdata.',
  };
  if (!tagged) return [advice];
  const tags = whatIf.settings.tags.filter((tag) => tag !== 'timetzdata');
  const saved = await whatIf.saved('without the tag timetzdata', { tags });
  return [typeof saved === 'number' ? { ...advice, saves: saved, measured: true } : advice];
};

/** Smaller embedded files are not worth a word. */
const largeFile = 256 * 1024;

/** Large files that //go:embed put into the program. */
export const embeddedFiles: Adviser = ({ ledger }) => {
  const files = ledger.named.filter(({ what, bytes }) => what === 'embedded file' && bytes >= largeFile);
  if (files.length === 0) return [];
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const shown = files.toSorted((a, b) => b.bytes - a.bytes).slice(0, 10);
  return [
    {
      what: `${files.length === 1 ? 'a large file is' : `${files.length} large files are`} embedded in the program`,
      because: shown.map(
        ({ name, bytes, account }) =>
          `${name}: ${bytesText(bytes)}, by ${ledger.accounts[account]?.name ?? ''}`,
      ),
      saves: total,
      measured: false,
      fix: 'Embed them compressed and serve them so, or put them into the image as files (files: of coracle.yaml), where a layer of their own is pulled once.',
    },
  ];
};
