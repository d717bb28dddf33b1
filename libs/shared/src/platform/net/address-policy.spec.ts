import { describe, expect, it } from '@jest/globals';
import { AddressPolicy } from './address-policy.js';

const INTERNAL = [
  '0.0.0.0',
  '10.1.2.3',
  '100.100.100.200',
  '127.0.0.1',
  '127.255.255.254',
  '168.63.129.16',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.192',
  '192.168.1.1',
  '198.19.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::127.0.0.1',
  '::8.8.8.8',
  '::ffff:10.0.0.1',
  '::ffff:7f00:1',
  '64:ff9b::169.254.169.254',
  '64:ff9b:1::1',
  '100::1',
  '2001::1',
  '2001:db8::1',
  '2002:7f00:1::',
  'fc00::1',
  'fd00:ec2::254',
  'fe80::1',
  'fe80::1%eth0',
  'fec0::1',
  'ff02::1',
];
const PUBLIC = [
  '1.1.1.1',
  '11.0.0.1',
  '100.128.0.1',
  '172.32.0.1',
  '192.169.0.1',
  '223.255.255.255',
  '::ffff:8.8.8.8',
  '64:ff9b::8.8.8.8',
  '2606:4700::1111',
  '2a00:1450:4001::1',
];

describe('AddressPolicy', () => {
  const strict = new AddressPolicy([]);

  it.each(INTERNAL)('forbids %s', (address) => {
    expect(strict.permits(address, address)).toBe(false);
    expect(strict.permits('inside.example', address)).toBe(false);
  });

  it.each(PUBLIC)('permits %s', (address) => {
    expect(strict.permits('outside.example', address)).toBe(true);
  });

  it('permits internal addresses that are allowed, and no others', () => {
    const policy = new AddressPolicy(['10.1.0.0/16', '192.168.7.7', 'fd00::/8', 'MinIO']);
    expect(policy.permits('any', '10.1.255.1')).toBe(true);
    expect(policy.permits('any', '::ffff:10.1.255.1')).toBe(true);
    expect(policy.permits('any', '10.2.0.1')).toBe(false);
    expect(policy.permits('any', '192.168.7.7')).toBe(true);
    expect(policy.permits('any', '192.168.7.8')).toBe(false);
    expect(policy.permits('any', 'fd12::1')).toBe(true);
    expect(policy.permits('minio', '172.18.0.2')).toBe(true);
    expect(policy.permits('minio.example', '172.18.0.2')).toBe(false);
  });

  it('permits nothing that is not an address', () => {
    expect(new AddressPolicy(['0.0.0.0/0', '::/0']).permits('any', 'nonsense')).toBe(false);
  });

  it.each([
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0',
    '::1/129',
    'a b',
    'x/8',
    '-1',
    '*',
  ])('rejects %j as an entry to allow', (entry) => {
    expect(() => new AddressPolicy([entry])).toThrow(RangeError);
  });
});
