import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, type Page } from 'playwright-core';
import sharp from 'sharp';
import { AddressPolicy } from '#shared/platform/net/address-policy.js';
import { type ObjectStore } from '#shared/platform/storage/object-store.port.js';
import { openStore } from '#shared/platform/storage/open-stores.js';
import { type ReportData } from '../../apps/cli/src/report/report-data.js';
import { writeReport } from '../../apps/cli/src/report/write-report.js';
import { launchChromium } from '../support/chromium.js';
import { drawReportSample, HOSTILE_NAME } from '../support/report-sample.js';

let folder: string;
let file: string;
let objects: ObjectStore;
let data: ReportData;
let browser: Browser;
let page: Page;
const requests: string[] = [];
const problems: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'sightline-report-'));
  const archive = path.join(folder, 'archive');
  await mkdir(archive);
  objects = openStore(pathToFileURL(archive), new AddressPolicy([]));
  data = await drawReportSample(objects);
  file = await writeReport(data, objects, path.join(folder, 'report'));
  browser = await launchChromium();
  page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
  page.on('request', (request) => {
    if (!request.url().startsWith('data:')) requests.push(request.url());
  });
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => problems.push(message.text()));
  await page.goto(pathToFileURL(file).href, { waitUntil: 'load' });
});

afterAll(async () => {
  await browser.close();
  await rm(folder, { recursive: true, force: true });
});

describe('report in a browser', () => {
  it('loads no other files and has no errors', () => {
    expect(requests).toEqual([pathToFileURL(file).href]);
    expect(problems).toEqual([]);
  });

  it('shows every photograph', async () => {
    expect(await page.locator('.card img').count()).toBe(4);
    const widths = await page.evaluate<number[]>(
      `Promise.all([...document.images].map(async (image) => {
        image.loading = 'eager';
        await image.decode();
        return image.naturalWidth;
      }))`,
    );
    expect(Math.min(...widths)).toBeGreaterThanOrEqual(96);
  });

  it('draws the box on the face, also in a photograph rotated by EXIF', async () => {
    for (const card of await page.locator('.card').all()) {
      await card.scrollIntoViewIfNeeded();
      const photo = (await card.locator('.photo').boundingBox())!;
      const box = (await card.locator('.face').boundingBox())!;
      expect((box.x - photo.x) / photo.width).toBeCloseTo(300 / 800, 2);
      expect((box.y - photo.y) / photo.height).toBeCloseTo(150 / 500, 2);
      expect(box.width / photo.width).toBeCloseTo(120 / 800, 2);
      expect(await redShare(page, box)).toBeGreaterThan(0.8);
      const beside = { ...box, x: box.x - box.width * 1.2 };
      expect(await redShare(page, beside)).toBeLessThan(0.05);
    }
  });

  it('keeps a box on its face when the photograph is enlarged', async () => {
    const card = page.locator('.card').first();
    const before = (await card.locator('.photo').boundingBox())!;
    await card.locator('.photo').click();
    const after = (await card.locator('.photo').boundingBox())!;
    expect(after.width).toBeGreaterThan(before.width);
    const box = (await card.locator('.face').boundingBox())!;
    expect(await redShare(page, box)).toBeGreaterThan(0.8);
    await card.locator('.photo').click();
  });

  it('shows hostile names as text', async () => {
    expect(await page.title()).toBe('Sightline report');
    expect(await page.locator('script').count()).toBe(0);
    expect(await page.locator('h2.person bdi').first().textContent()).toBe(HOSTILE_NAME);
    const caption = page.locator('figcaption', { hasText: 'two ' });
    expect(await caption.textContent()).toContain('two <script>alert(1)<∕script>.jpg');
  });

  it('lists people, then unknown faces, images without a face, and refused files', async () => {
    const headings = await page.locator('h2').allTextContents();
    const words = headings.map((heading) => heading.trim().split(/\s+/)[0]);
    expect(words.slice(1)).toEqual(['Bob', 'Unknown', 'No', 'Refused']);
    expect(await page.locator('#refused td').allTextContents()).toEqual([
      'torn.jpg',
      'IMAGE_DAMAGED',
      'ends <too> early',
    ]);
  });

  it('is the same file if it is written again', async () => {
    const again = await writeReport(data, objects, path.join(folder, 'again'));
    expect(await readFile(again, 'utf8')).toBe(await readFile(file, 'utf8'));
  });
});

/** Share of red pixels in a region of the rendered page. */
async function redShare(
  page: Page,
  region: { x: number; y: number; width: number; height: number },
): Promise<number> {
  const png = await page.screenshot({ clip: region });
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  let red = 0;
  for (let at = 0; at < data.length; at += info.channels) {
    if (data[at]! > 180 && data[at + 1]! < 90 && data[at + 2]! < 90) red += 1;
  }
  return red / (info.width * info.height);
}
