import ipaddr from 'ipaddr.js';
import { isIP } from 'node:net';

export type Address = ipaddr.IPv4 | ipaddr.IPv6;

const HOST_NAME = /^(?=.*[a-z])[a-z0-9_-]{1,63}(\.[a-z0-9_-]{1,63})*$/;

/** What a setting with addresses expects. */
export const ADDRESSES_EXPECTED =
  'expected addresses, ranges like 10.0.0.0/8 and host names, comma-separated';

/** Addresses, ranges like `10.0.0.0/8` and host names of a setting. */
export class AddressList {
  private readonly ranges: (readonly [Address, number])[] = [];
  private readonly names = new Set<string>();

  /** @throws RangeError with the entry that is none of these */
  constructor(entries: readonly string[]) {
    for (const entry of entries) this.add(entry);
  }

  hasName(host: string): boolean {
    return this.names.has(host.toLowerCase());
  }

  hasAddress(address: Address): boolean {
    return this.ranges.some(
      ([range, bits]) => range.kind() === address.kind() && address.match(range, bits),
    );
  }

  private add(entry: string): void {
    const [address = ''] = entry.split('/');
    if (isIP(address) === 0) {
      if (!HOST_NAME.test(entry.toLowerCase())) throw new RangeError(entry);
      this.names.add(entry.toLowerCase());
      return;
    }
    const range = entry === address ? `${address}/${isIP(address) === 4 ? 32 : 128}` : entry;
    if (address.includes('%') || !ipaddr.isValidCIDR(range)) throw new RangeError(entry);
    this.ranges.push(ipaddr.parseCIDR(range));
  }
}
