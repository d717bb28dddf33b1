import { BlockList, isIPv4, isIP } from 'node:net';

/**
 * IPv4 that is not the public internet: https://www.iana.org/assignments/iana-ipv4-special-registry
 * and multicast; 168.63.129.16 is the platform address of every machine on Azure.
 */
const INTERNAL_IPV4: readonly (readonly [address: string, bits: number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
];

/** Global unicast, and what translates to an IPv4 address: those are looked at as IPv4 too. */
const PUBLIC_IPV6 = [
  ['2000::', 3],
  ['64:ff9b::', 96],
  ['::ffff:0:0', 96],
] as const;

/** Of global unicast: IETF protocols (Teredo among them), documentation, 6to4. */
const INTERNAL_IPV6 = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
] as const;

const publicIpv6 = new BlockList();
for (const [address, bits] of PUBLIC_IPV6) publicIpv6.addSubnet(address, bits, 'ipv6');

/** A BlockList takes ::ffff:a.b.c.d for a.b.c.d. */
const internal = new BlockList();
for (const [address, bits] of INTERNAL_IPV6) internal.addSubnet(address, bits, 'ipv6');
for (const [address, bits] of INTERNAL_IPV4) {
  internal.addSubnet(address, bits, 'ipv4');
  internal.addSubnet(`64:ff9b::${address}`, 96 + bits, 'ipv6');
}

/** @param address IPv4 or IPv6 without a zone */
function isInternalAddress(address: string): boolean {
  if (isIPv4(address)) return internal.check(address, 'ipv4');
  return !publicIpv6.check(address, 'ipv6') || internal.check(address, 'ipv6');
}

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
