import { installed } from '../components/program.ts';
import { contract } from './contract.ts';

contract('runc', 'root', [installed('runc')]);
contract('runc', 'subids', [installed('runc')]);
contract('runc', 'single', [installed('runc')]);
