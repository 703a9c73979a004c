/** The class of what only holds others. */
export const none = 255;

/** Sorts of files, by name alone. */
export const sorts: readonly { readonly label: string; readonly hue: number; readonly endings: string }[] = [
  { label: 'programs', hue: 0, endings: '' },
  { label: 'libraries', hue: 2, endings: 'so a o dll dylib node ko wasm rlib' },
  {
    label: 'source and scripts',
    hue: 5,
    endings: 'go c h cc cpp hpp rs py pyc js mjs cjs ts tsx jsx css map pl pm sh rb lua java php el sql',
  },
  {
    label: 'archives and packages',
    hue: 1,
    endings: 'gz tgz xz zst bz2 zip tar jar war deb rpm apk whl egg 7z br',
  },
  {
    label: 'data and settings',
    hue: 4,
    endings: 'json yaml yml toml xml ini conf cfg db sqlite bin dat pem crt csv list cache mo res icu',
  },
  {
    label: 'words and documents',
    hue: 8,
    endings: 'md txt html htm pdf rst 1 2 3 4 5 6 7 8 info tex po adoc',
  },
  {
    label: 'pictures, fonts, sound',
    hue: 9,
    endings: 'png jpg jpeg gif svg webp ico ttf otf woff woff2 mp3 mp4 wav ogg',
  },
  { label: 'of a program', hue: 7, endings: '' },
  { label: 'everything else', hue: -1, endings: '' },
];

const sortOfEnding = new Map(
  sorts.flatMap(({ endings }, sort) =>
    endings === '' ? [] : endings.split(' ').map((ending) => [ending, sort] as const),
  ),
);
const versioned = /\.so(\.[\d.]+)?$/;
const programs = 0;
const libraries = 1;
const ofAProgram = 7;
const others = 8;

/** Index into `sorts`, of all nodes of a kind; `none` for what only holds others, undefined where the name decides. */
export function sortOfKind(kind: string): number | undefined {
  switch (kind) {
    case 'image':
    case 'layer':
    case 'directory':
      return none;
    case 'file':
      return undefined;
    case 'binary':
      return programs;
    case 'group':
    case 'module':
    case 'package':
    case 'function':
    case 'data':
    case 'section':
      return ofAProgram;
    default:
      return others;
  }
}

/** Of a file, by its name and that of the directory it is in. */
export function sortOfFile(name: string, directory: string): number {
  const dot = name.lastIndexOf('.');
  if (dot < 0) return /^(s?bin|libexec)$/.test(directory) ? programs : others;
  if (versioned.test(name)) return libraries;
  return sortOfEnding.get(name.slice(dot + 1).toLowerCase()) ?? others;
}
