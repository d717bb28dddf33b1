/**
 * A grey JPEG with restart intervals, block by block from dark to bright. Every code has a byte of its own, so
 * that the compressed data hold no FF apart from markers.
 * @param interval blocks of a restart interval
 */
export function withRestarts(
  width: number,
  height: number,
  interval: number,
): { bytes: Buffer; intervals: number } {
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8);
  const size = [height >> 8, height & 255, width >> 8, width & 255];
  const parts = [
    [0xff, 0xd8],
    segment(0xdb, [0, ...Array<number>(64).fill(8)]),
    segment(0xc0, [8, ...size, 1, 1, 0x11, 0]),
    // DC: differences of 5 bits, code 0. AC: end of block, code 0.
    segment(0xc4, [0x00, 1, ...Array<number>(15).fill(0), 5]),
    segment(0xc4, [0x10, 1, ...Array<number>(15).fill(0), 0]),
    segment(0xdd, [interval >> 8, interval & 255]),
    segment(0xda, [1, 1, 0x00, 0, 63, 0]),
  ];
  const intervals = Math.ceil(blocks / interval);
  for (let index = 0; index < intervals; index++) {
    const count = Math.min(interval, blocks - index * interval);
    // Code 0, five bits of the difference (16 to 31), code 0, and a bit of the next block: 7 bits a block.
    const bits = Array.from({ length: count }, (_, block) =>
      block === 0 ? `0${(16 + (index % 16)).toString(2)}0` : '0100000',
    ).join('');
    const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
    parts.push((padded.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
    if (index + 1 < intervals) parts.push([0xff, 0xd0 + (index % 8)]);
  }
  return { bytes: Buffer.from([...parts.flat(), 0xff, 0xd9]), intervals };
}

function segment(marker: number, content: readonly number[]): number[] {
  const length = content.length + 2;
  return [0xff, marker, length >> 8, length & 255, ...content];
}
