import { instructionOf } from '../../explain/image/history.ts';
import type { Explanation, ImageExplanation, LayerExplanation } from '../../explain/types.ts';
import { bytes } from '../units.ts';
import { binaryReport } from './binary-report.ts';
import { filesSections, madeOfFacts, wasteFact } from './files-report.ts';
import { code, type Report, type Section } from './report.ts';
import { count, exact, percent } from './words.ts';

/**
 * Words an explanation: what matters first, then all the rest.
 * @param top rows of each list; 0 for all
 */
export function explanationReport(explanation: Explanation, top: number): Report {
  if (explanation.kind === 'binary') return binaryReport(explanation, top);
  if (explanation.kind === 'image') return imageReport(explanation, top);
  return {
    title: `${explanation.source}: directory, ${bytes(explanation.size)}`,
    facts: [
      { name: 'size', text: `${exact(explanation.size)} in ${count(explanation.files, 'file')}` },
      wasteFact(explanation),
      ...madeOfFacts(explanation),
    ],
    sections: filesSections(explanation, top, false),
  };
}

function imageReport(image: ImageExplanation, top: number): Report {
  const { size, unpacked, layers, files } = image;
  return {
    title: `${image.source}: image for ${image.platform}, ${bytes(size)}`,
    facts: [
      {
        name: 'size',
        text: `${exact(size)} to pull, ${exact(unpacked)} unpacked: ${count(layers.length, 'layer')}, ${count(files, 'file')}`,
      },
      wasteFact(image),
      ...madeOfFacts(image),
      { name: 'digest', text: code(image.descriptor.digest) },
    ],
    sections: [layersSection(image), ...filesSections(image, top, true)],
  };
}

function layersSection({ layers, size, unpacked }: ImageExplanation): Section {
  const compressed = layers.reduce((sum, layer) => sum + layer.size, 0);
  return {
    title: `Layers: ${count(layers.length, 'layer')}, ${bytes(compressed)} compressed`,
    table: {
      head: ['#', 'COMPRESSED', 'SHARE', 'UNPACKED', 'FILES', 'MADE BY'],
      left: [4],
      rows: [
        ...layers.map((layer) => ({
          cells: [
            String(layer.index + 1),
            bytes(layer.size),
            percent(layer.size, size),
            bytes(layer.unpacked),
            filesOf(layer),
            layer.createdBy === undefined ? 'nothing says what made it' : code(instruction(layer.createdBy)),
          ],
        })),
        {
          cells: ['', bytes(size), '100%', bytes(unpacked), '', 'with manifest and config'],
          total: true,
        },
      ],
    },
    notes: ['Files: + added, ~ changed, - removed.'],
  };
}

function filesOf({ added, changed, removed }: LayerExplanation): string {
  const parts = [
    added.files > 0 ? `+${added.files}` : '',
    changed.files > 0 ? `~${changed.files}` : '',
    removed.files > 0 ? `-${removed.files}` : '',
  ].filter((part) => part !== '');
  return parts.length === 0 ? '0' : parts.join(' ');
}

const longest = 200;

/** An instruction in a line, without what builders write around it. */
export function instruction(text: string): string {
  const short = instructionOf(text).replaceAll(/\s+/g, ' ').trim();
  return short.length > longest ? `${short.slice(0, longest - 1)}…` : short;
}
