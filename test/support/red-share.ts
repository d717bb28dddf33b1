import { type Page } from 'playwright-core';
import sharp from 'sharp';

/** Share of red pixels in a region of the page as the browser paints it. */
export async function redShare(
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
