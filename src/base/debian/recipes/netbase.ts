import type { Recipe } from '../recipe.ts';
import { hereDocuments } from './here-documents.ts';

/** Without /etc/hosts, `localhost` has no address. */
export const netbase: Recipe = {
  package: 'netbase',
  does: 'writes /etc/hosts and /etc/networks when there are none',
  make: (base, own) => {
    const texts = hereDocuments(own, 'postinst');
    for (const path of ['etc/hosts', 'etc/networks']) {
      const text = texts.get(path);
      if (text !== undefined) base.file(path, text);
    }
  },
};
