import { type z } from 'zod';
import { deliverWebhookContract } from '#shared/contracts/deliver-webhook.contract.js';
import { embedImageContract } from '#shared/contracts/embed-image.contract.js';
import { matchFacesContract } from '#shared/contracts/match-faces.contract.js';
import { rebuildPersonContract } from '../../apps/matcher/src/gallery/rebuild-person.contract.js';

/** The parts of a contract that the test needs, for any payload type. */
interface AnyContract {
  readonly queue: string;
  readonly version: number;
  readonly payload: z.ZodType;
  readonly older: Readonly<Record<number, z.ZodType>>;
  jobId(payload: never): string;
}

interface History {
  readonly contract: AnyContract;
  /** A payload of each version, oldest first, as it may be on a queue, with the id of its job. */
  readonly examples: readonly { readonly payload: object; readonly jobId: string }[];
}

const IMAGE_ID = '5ad2da8ff4a1b0d6a5a4b95f0f3c6a0d';
const FACE_ID = 'c0ffee00c0ffee00c0ffee00c0ffee00';
const SPACE = 'fr-feature@1+arcface-112';

const box = { x: 10.5, y: 20, width: 96, height: 120.25 };
const image = { store: 'archive', key: '2019/a b.jpg', version: '48213-1571234567890' };
const observedAt = '2019-10-16T14:02:47+02:00';

/**
 * Payloads as each release wrote them. After an upgrade, jobs that are still on a queue must be readable. Existing
 * entries never change. Each new version of a contract adds one.
 */
export const PAYLOAD_HISTORY: readonly History[] = [
  {
    contract: embedImageContract,
    examples: [
      {
        payload: {
          v: 1,
          tenant: 'default',
          image,
          space: SPACE,
          lane: 'archive',
          observedAt,
          source: { kind: 'import', importId: 'imp-1' },
        },
        jobId: 'a041850616c3700dbdb338aabdca8a2c',
      },
    ],
  },
  {
    contract: matchFacesContract,
    examples: [
      {
        payload: {
          v: 1,
          tenant: 'default',
          imageId: IMAGE_ID,
          image,
          width: 1920,
          height: 1080,
          source: { kind: 'camera', cameraId: 'door' },
          lane: 'live',
          space: SPACE,
          observedAt: null,
          faces: [
            {
              faceId: FACE_ID,
              box,
              detectionScore: 0.98,
              quality: 0.7,
              landmarks: [
                [30, 60],
                [70, 60],
                [50, 80],
                [35, 100],
                [65, 100],
              ],
              embedding: 'AACAPwAAAAA=',
            },
          ],
        },
        jobId: IMAGE_ID,
      },
      {
        payload: {
          v: 2,
          tenant: 'default',
          imageId: IMAGE_ID,
          image,
          width: 1920,
          height: 1080,
          incomplete: true,
          source: { kind: 'import', importId: 'imp-1' },
          lane: 'archive',
          space: SPACE,
          observedAt,
          faces: [],
        },
        jobId: IMAGE_ID,
      },
    ],
  },
  {
    contract: deliverWebhookContract('door', { attempts: 8, backoffMs: 1_000 }),
    examples: [
      {
        payload: {
          v: 1,
          hook: 'door',
          event: {
            specversion: '1.0',
            id: FACE_ID,
            source: '/sightline/default/archive',
            type: 'io.sightline.face.unknown.v1',
            subject: FACE_ID,
            time: '2026-01-02T03:04:05.678Z',
            datacontenttype: 'application/json',
            data: {
              tenant: 'default',
              imageId: IMAGE_ID,
              image,
              width: 1920,
              height: 1080,
              source: { kind: 'camera', cameraId: 'door' },
              observedAt,
              box,
              detectionScore: 0.98,
              quality: 0.7,
              space: SPACE,
              threshold: 0.41,
              person: null,
              runnerUp: null,
              reason: 'below-threshold',
            },
          },
        },
        jobId: `door-${FACE_ID}`,
      },
    ],
  },
  {
    contract: rebuildPersonContract(SPACE),
    examples: [{ payload: { v: 1, tenant: 'default', personId: 'ada' }, jobId: 'default.ada' }],
  },
];
