import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventId, faceId } from '#shared/contracts/image-ref.js';
import { CrashBed, SERVICES, type ServiceName } from './crash-bed.js';
import { isWrite, WRITES } from './crash-points.js';
import { describeState, type LeftBehind } from './left-behind.js';
import { settle, sendImage, type SentImage } from './one-image.js';

let bed: CrashBed;
const table: string[] = [];

beforeAll(async () => {
  bed = await CrashBed.make();
}, 60_000);

afterAll(async () => {
  await bed.close();
  process.stdout.write(`${table.join('\n')}\n`);
});

/** Sends an image, kills `service` while it processes it, restarts the service, and checks the result. */
async function crash(
  point: string,
  service: ServiceName,
  arm: (kill: () => void) => Promise<void>,
): Promise<void> {
  const key = `${point.replace(/[^A-Za-z0-9]+/g, '-')}.jpg`;
  await bed.addImage(key);
  const killed = arm(() => bed.kill(service));
  const sent = sendImage(bed, key);
  await killed;
  const left: LeftBehind = await bed.leftBehind(key);
  await bed.services[service].kill();
  await bed.letRightsRunOut();
  await bed.start(service);
  const image: SentImage = await sent;
  const settled = await settle(bed, image);
  table.push(`${point.padEnd(62)} | ${describeState(left)} | ${settled.posts} POST`);
}

describe('the processing of one image, from the listing to the webhook', () => {
  it('needs exactly the writes at which the services are killed below', async () => {
    for (const name of SERVICES) bed.proxies[name].takeLabels();
    await bed.addImage('quiet.jpg');
    const settled = await settle(bed, await sendImage(bed, 'quiet.jpg'));
    expect(settled.posts).toBe(1);
    for (const name of SERVICES) {
      const labels = new Set(bed.proxies[name].takeLabels().filter(isWrite));
      const known = new Set(WRITES[name].map(({ label }) => label));
      expect([...labels].filter((label) => !known.has(label))).toEqual([]);
      expect([...known].filter((label) => !labels.has(label))).toEqual([]);
    }
  });
});

describe.each(SERVICES)('a kill of the %s process', (service) => {
  const points = WRITES[service].flatMap((write) => [
    { ...write, when: 'before' as const },
    { ...write, when: 'after' as const },
  ]);

  it.each(points)('right $when $label still gives the image one outcome', async (point) => {
    await crash(`${service} ${point.when} ${point.label}`, service, (kill) =>
      bed.proxies[service].arm(point, kill),
    );
  });
});

describe('a kill of the matcher process', () => {
  it.each(['before', 'after'] as const)(
    'right %s the vector store applies a sighting still gives the image one outcome',
    async (when) => {
      await crash(`matcher ${when} the sighting is written`, 'matcher', (kill) =>
        bed.store.arm('PUT', /_sightings\/points\?/, when, kill),
      );
    },
  );

  it('after a webhook request but before its response makes the receiver get the same event again', async () => {
    await crash('matcher after the POST arrived', 'matcher', (kill) => bed.onNextPost(kill));
  });
});

describe('ids', () => {
  it('of events and sightings are the same as in a run without crashes', async () => {
    const sightings = await bed.sightings();
    const events = await bed.events();
    expect(events).toHaveLength(sightings.length);
    for (const { id, imageId, box } of sightings) {
      expect(id).toBe(faceId(imageId, box));
      expect(events.filter((event) => event.id === eventId(id))).toHaveLength(1);
    }
  });
});
