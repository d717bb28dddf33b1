import { BlockList, isIPv4 } from 'node:net';

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
export function isInternalAddress(address: string): boolean {
  if (isIPv4(address)) return internal.check(address, 'ipv4');
  return !publicIpv6.check(address, 'ipv6') || internal.check(address, 'ipv6');
}
