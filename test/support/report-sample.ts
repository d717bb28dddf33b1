import sharp from 'sharp';
import { type Box } from '#shared/contracts/image-ref.js';
import { type ObjectStore } from '#shared/platform/storage/object-store.port.js';
import {
  type ReportData,
  type ReportFace,
  type ReportImage,
} from '../../apps/cli/src/report/report-data.js';

/** Box of the only face of a sample photograph. It is drawn as a red rectangle. */
const FACE: Box = { x: 300, y: 150, width: 120, height: 160 };
const WIDTH = 800;
const HEIGHT = 500;

export const HOSTILE_NAME = `<script>document.title='broken'</script>"onload="x' & <b>Ann</b>`;

/** Puts drawn photographs into a store, and returns the report data that an import would give. */
export async function drawReportSample(objects: ObjectStore): Promise<ReportData> {
  const plain = await photograph();
  // The same image rotated, with the EXIF tag that makes it upright.
  const turned = await sharp(plain).rotate(-90).withMetadata({ orientation: 6 }).jpeg().toBuffer();
  const files = {
    'one.jpg': plain,
    'turned.jpg': turned,
    'two <script>alert(1)<∕script>.jpg': plain,
    'stranger.jpg': plain,
    'empty.jpg': plain,
  };
  const versions = new Map<string, string>();
  for (const [key, bytes] of Object.entries(files)) {
    versions.set(key, (await objects.put(key, bytes, 'image/jpeg')).version);
  }
  const image = (key: string, person: ReportFace['person'], score: number): ReportImage => {
    const face = { id: `face of ${key}`, box: FACE, person, score };
    return { key, version: versions.get(key)!, width: WIDTH, height: HEIGHT, faces: [face] };
  };
  const ann = { id: 'ann', name: HOSTILE_NAME };
  const bob = { id: 'bob', name: 'Bob' };
  return {
    archive: 's3://archive/photographs',
    sums: {
      listed: 8,
      named: 3,
      unknown: 1,
      faceless: 1,
      refused: 1,
      failed: 0,
      cancelled: 0,
      skipped: 2,
      skippedBy: { video: 2 },
      alreadyDone: 0,
    },
    images: [
      image('one.jpg', ann, 0.81),
      image('turned.jpg', ann, 0.62),
      image('two <script>alert(1)<∕script>.jpg', bob, 0.7),
      image('stranger.jpg', null, 0.21),
    ],
    others: [
      { key: 'empty.jpg', outcome: 'faceless' },
      { key: 'torn.jpg', outcome: 'refused', code: 'IMAGE_DAMAGED', message: 'ends <too> early' },
    ],
    decidedAt: new Date('2026-01-02T03:04:05Z'),
  };
}

function photograph(): Promise<Buffer> {
  const face = { create: { ...pixels(FACE), channels: 3 as const, background: '#f00' } };
  return sharp({ create: { width: WIDTH, height: HEIGHT, channels: 3, background: '#4678b4' } })
    .composite([{ input: face, left: FACE.x, top: FACE.y }])
    .jpeg({ quality: 95, chromaSubsampling: '4:4:4' })
    .toBuffer();
}

function pixels({ width, height }: Box) {
  return { width, height };
}
