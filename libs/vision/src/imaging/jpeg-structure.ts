/**
 * Walks the segments and the scans of a JPEG file without decoding it. The file may be malicious: every loop
 * advances.
 */

/** How a JPEG file ends. */
export type JpegEnding =
  /** With the marker that ends the picture. */
  | 'complete'
  /** Without it, in compressed data that may or may not be complete; only decoding tells. */
  | 'unmarked'
  /** In the last restart interval. */
  | 'last-interval'
  /** Earlier. */
  | 'cut'
  /** Its segments could not be followed to the end; the decoder decides. */
  | 'unknown';

export interface JpegStructure {
  /** Pixels in the first frame header, not turned upright; 0 when there is none. */
  readonly width: number;
  readonly height: number;
  /** Whether it is sensor data, which cameras store as lossless JPEG in RAW files. */
  readonly isLossless: boolean;
  /** Number of passes over the picture that decoding takes. A progressive JPEG has several. */
  readonly scans: number;
  /**
   * Whether decoding holds the coefficients of the whole picture in memory: when its first scan lacks a component,
   * or part of the coefficients. True also when there is no frame header.
   */
  readonly isHeldWhole: boolean;
  readonly ending: JpegEnding;
  readonly metadataBytes: number;
  readonly metadataParts: number;
  /** Offset after the picture. Cameras append other data: depth maps, gain maps, videos. */
  readonly end: number;
}

const START_OF_SCAN = 0xda;
const END_OF_IMAGE = 0xd9;
const RESTART_INTERVAL = 0xdd;
const COMMENT = 0xfe;
const PROGRESSIVE = new Set([0xc2, 0xca]);
const LOSSLESS = new Set([0xc3, 0xc7, 0xcb, 0xcf]);
/**
 * In normal compressed data, one byte in 256 is FF. A malicious file has many more, and one call of
 * indexOf for each would be slow: this number of bytes is checked one by one between two calls.
 */
const BYTEWISE = 32;

/**
 * A JPEG file is a series of segments, each a marker and a length. A start of scan is followed by
 * compressed data, in which FF is followed by 00 or a restart marker.
 * @param maxParts counting of metadata stops above this number
 */
export function readJpeg(bytes: Buffer, maxParts: number): JpegStructure {
  let frame: Frame | null = null;
  let interval = 0;
  let scans = 0;
  let firstScan: number | undefined;
  let ending: JpegEnding = 'unknown';
  let metadataBytes = 0;
  let metadataParts = 0;
  let end = bytes.length;
  for (let at = 2; at + 2 <= bytes.length;) {
    if (bytes[at] !== 0xff) {
      // Decoders skip bytes between segments, too.
      at = bytes.indexOf(0xff, at);
      if (at < 0) break;
      continue;
    }
    const marker = bytes[at + 1]!;
    // FF may be repeated before a marker. Some markers have no length.
    if (marker === 0xff) at++;
    else if (marker === END_OF_IMAGE) {
      end = at + 2;
      ending = 'complete';
      break;
    } else if (standsAlone(marker)) at += 2;
    else {
      if (at + 4 > bytes.length) break;
      const length = bytes.readUInt16BE(at + 2);
      const content = bytes.subarray(at + 4, Math.max(at + 4, at + 2 + length));
      if ((marker >= 0xe0 && marker <= 0xef) || marker === COMMENT) {
        metadataBytes += length;
        if (++metadataParts > maxParts) break;
      } else if (isFrame(marker)) frame ??= readFrame(marker, content);
      else if (marker === RESTART_INTERVAL && content.length >= 2) {
        interval = content.readUInt16BE(0);
      }
      at += 2 + length;
      if (marker !== START_OF_SCAN) continue;
      scans++;
      firstScan ??= content[0] ?? 0;
      frame?.addScan(content);
      const data = readScan(bytes, at);
      at = data.end;
      if (at >= bytes.length && frame) ending = endingOf(frame, content, interval, data.restarts);
    }
  }
  const isHeldWhole = !frame || frame.isProgressive || (firstScan ?? 0) < frame.components;
  return {
    width: frame?.width ?? 0,
    height: frame?.height ?? 0,
    isLossless: frame?.isLossless ?? false,
    scans,
    isHeldWhole,
    ending,
    metadataBytes,
    metadataParts,
    end,
  };
}

/** End of the data of a scan, and the number of restart markers in it. */
function readScan(bytes: Buffer, start: number): { end: number; restarts: number } {
  let restarts = 0;
  for (let at = start; at < bytes.length;) {
    for (const stop = Math.min(bytes.length, at + BYTEWISE); at < stop; at++) {
      if (bytes[at] !== 0xff) continue;
      const marker = bytes[at + 1];
      if (marker === undefined) return { end: bytes.length, restarts };
      if (isRestart(marker)) restarts++;
      else if (marker !== 0) return { end: at, restarts };
    }
    at = bytes.indexOf(0xff, at);
    if (at < 0) break;
  }
  return { end: bytes.length, restarts };
}

/** How a file ends whose last scan has no end marker. */
function endingOf(frame: Frame, scan: Buffer, interval: number, restarts: number): JpegEnding {
  if (frame.isProgressive && !frame.isRefined()) return 'cut';
  if (interval === 0) return 'unmarked';
  return restarts + 1 >= Math.ceil(frame.units(scan) / interval) ? 'last-interval' : 'cut';
}

interface Component {
  readonly horizontal: number;
  readonly vertical: number;
}

/** The header of a frame: size and components, and what the scans so far have sent of them. */
class Frame {
  readonly components: number;
  private readonly parts = new Map<number, Component>();
  /** Per component, the lowest bit that was sent of each of its 64 coefficients; -1 before the first. */
  private readonly sent = new Map<number, Int8Array>();

  constructor(
    private readonly marker: number,
    readonly width: number,
    readonly height: number,
    content: Buffer,
  ) {
    // Not the number of different ids: a malicious file may repeat one.
    this.components = content[5] ?? 0;
    for (let at = 6; at + 3 <= content.length; at += 3) {
      const sampling = content[at + 1]!;
      const id = content[at]!;
      this.parts.set(id, { horizontal: sampling >> 4 || 1, vertical: sampling & 15 || 1 });
      this.sent.set(id, new Int8Array(64).fill(-1));
    }
  }

  get isProgressive(): boolean {
    return PROGRESSIVE.has(this.marker);
  }

  get isLossless(): boolean {
    return LOSSLESS.has(this.marker);
  }

  /** @param scan content of a start of scan: components with their tables, then the range of coefficients */
  addScan(scan: Buffer): void {
    const tail = 1 + 2 * (scan[0] ?? 0);
    if (!this.isProgressive || tail + 3 > scan.length) return;
    const [first, last, bits] = [scan[tail]!, scan[tail + 1]!, scan[tail + 2]!];
    for (const id of componentsOf(scan)) this.sent.get(id)?.fill(bits & 15, first, last + 1);
  }

  /** Whether every coefficient was sent in full. */
  isRefined(): boolean {
    return [...this.sent.values()].every((bits) => bits.every((bit) => bit === 0));
  }

  /** Number of units that the restart interval of a scan counts: blocks of one component, or groups of all. */
  units(scan: Buffer): number {
    const all = [...this.parts.values()];
    const most = (of: (part: Component) => number) => Math.max(1, ...all.map(of));
    const [horizontal, vertical] = [most((p) => p.horizontal), most((p) => p.vertical)];
    const [only, ...others] = componentsOf(scan).map((id) => this.parts.get(id));
    if (only && others.length === 0) {
      const across = Math.ceil((this.width * only.horizontal) / horizontal / 8);
      return across * Math.ceil((this.height * only.vertical) / vertical / 8);
    }
    return Math.ceil(this.width / (8 * horizontal)) * Math.ceil(this.height / (8 * vertical));
  }
}

function readFrame(marker: number, content: Buffer): Frame | null {
  if (content.length < 6) return null;
  const [height, width] = [content.readUInt16BE(1), content.readUInt16BE(3)];
  return new Frame(marker, width, height, content);
}

function componentsOf(scan: Buffer): number[] {
  const count = Math.min(scan[0] ?? 0, 4);
  return Array.from({ length: count }, (_, index) => scan[1 + 2 * index] ?? 0);
}

/** SOF0 to SOF15, without the tables that lie between them (DHT, JPG, DAC). */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

function standsAlone(marker: number): boolean {
  return marker <= 0x01 || isRestart(marker) || marker === 0xd8;
}

function isRestart(marker: number): boolean {
  return marker >= 0xd0 && marker <= 0xd7;
}
