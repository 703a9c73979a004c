import { contract } from './contract.ts';

contract('builtin', 'root');
contract('builtin', 'subids');
contract('builtin', 'single');
