import { contract } from './contract.ts';

contract('chroot', 'root');
contract('chroot', 'contained');
