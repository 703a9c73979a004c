/** runc as ordinary users: what differs from the built-in sandbox, which npm test tries as both, is tried as root there. */
import { installed } from '../components/program.ts';
import { contract } from '../sandbox/contract.ts';

contract('runc', 'subids', [installed('runc')]);
contract('runc', 'single', [installed('runc')]);
