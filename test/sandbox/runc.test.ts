import { installed } from '../components/program.ts';
import { contract } from './contract.ts';

// As the two kinds of ordinary users: test/full/runc.test.ts.
contract('runc', 'root', [installed('runc')]);
