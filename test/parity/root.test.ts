import { paritySuite } from './suite.ts';

paritySuite('root', 'the same as BuildKit, as root', () => true);
