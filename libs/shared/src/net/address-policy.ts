import { BlockList, isIP } from 'node:net';
import { isInternalAddress } from './internal-addresses.js';

const HOST_NAME = /^(?=.*[a-z])[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/;

/** Where requests to configured endpoints may go: anywhere public, and to what is allowed by name or range. */
export class AddressPolicy {
  private readonly allowed = new BlockList();
  private readonly names = new Set<string>();

  /**
   * @param allowed internal addresses, ranges as `10.0.0.0/8`, and names of hosts wherever they are
   * @throws RangeError naming an entry that is none of them
   */
  constructor(allowed: readonly string[]) {
    for (const entry of allowed) this.allow(entry);
  }

  /** Whether a connection to `address`, which `host` stands for, may be made. */
  permits(host: string, address: string): boolean {
    const [plain = ''] = address.split('%');
    if (isIP(plain) === 0) return false;
    return (
      !isInternalAddress(plain) ||
      this.names.has(host.toLowerCase()) ||
      this.allowed.check(plain, familyOf(plain))
    );
  }

  private allow(entry: string): void {
    const [address = '', bits, ...rest] = entry.split('/');
    if (isIP(address) === 0) {
      if (!HOST_NAME.test(entry.toLowerCase())) throw new RangeError(entry);
      this.names.add(entry.toLowerCase());
      return;
    }
    const family = familyOf(address);
    const most = family === 'ipv4' ? 32 : 128;
    const length = bits === undefined ? most : Number(bits);
    if (
      rest.length > 0 ||
      !/^\d{1,3}$/.test(bits ?? '0') ||
      length > most ||
      address.includes('%')
    ) {
      throw new RangeError(entry);
    }
    this.allowed.addSubnet(address, length, family);
  }
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}
