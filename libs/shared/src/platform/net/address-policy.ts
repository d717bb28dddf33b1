import ipaddr from 'ipaddr.js';
import { isIP } from 'node:net';
import { type Address, AddressList } from './address-list.js';

/** The only IPv6 addresses that are in use on the public internet. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');
/** Each of these stands for an IPv4 address, its last four bytes. */
const NAT64 = ipaddr.IPv6.parseCIDR('64:ff9b::/96');
/** Platform address of every machine on Azure; registered as a public address. */
const AZURE_PLATFORM = '168.63.129.16';

function isPublic(address: Address): boolean {
  if (address instanceof ipaddr.IPv4) {
    return address.range() === 'unicast' && address.toString() !== AZURE_PLATFORM;
  }
  if (address.isIPv4MappedAddress()) return isPublic(address.toIPv4Address());
  if (address.match(NAT64)) return isPublic(new ipaddr.IPv4(address.toByteArray().slice(-4)));
  return address.range() === 'unicast' && address.match(GLOBAL_UNICAST);
}

/** Where requests to configured endpoints may go: public addresses, and the internal ones that are allowed. */
export class AddressPolicy {
  private readonly allowed: AddressList;

  /**
   * @param allowed internal addresses, ranges like `10.0.0.0/8`, and host names at any address
   * @throws RangeError with the entry that is none of these
   */
  constructor(allowed: readonly string[]) {
    this.allowed = new AddressList(allowed);
  }

  /** Whether a connection to `host` may be made, which is at `address`. */
  permits(host: string, address: string): boolean {
    const [plain = ''] = address.split('%');
    if (isIP(plain) === 0) return false;
    if (this.allowed.hasName(host)) return true;
    // Obsolete and never public; ipaddr.js would read ::1.2.3.4 as ::ffff:1.2.3.4.
    if (/^::\d+\./.test(plain)) return false;
    const parsed = ipaddr.parse(plain);
    return (
      isPublic(parsed) ||
      this.allowed.hasAddress(parsed) ||
      this.allowed.hasAddress(ipaddr.process(plain))
    );
  }
}
