import { facenet160 } from '../packs/alignment.js';
import { type EmbeddingManifest } from '../packs/manifest.js';
import { type DownloadSource } from '../sources/download.js';
import { lfwCalibration } from './default-packs.js';

/** FaceNet from published Keras weights, which are converted into a pack on the user's machine. */
export interface FacenetPack {
  readonly name: string;
  readonly dimension: 128 | 512;
  readonly description: string;
  readonly licence: string;
  /** Addresses of the weights, in the order in which they are tried. */
  readonly sources: readonly [DownloadSource, ...DownloadSource[]];
  /** Thresholds of these weights. Without any, the pack names nobody until it is calibrated. */
  readonly calibrations: EmbeddingManifest['calibrations'];
}

/** The published files have 94 MB. */
const MAX_BYTES = 256 * 1024 ** 2;

const LICENCE =
  'MIT (github.com/davidsandberg/facenet); whoever publishes the converted weights may set other terms';

/** Not normalised, because a cohort would have to ship photographs of people. */
const FACENET512_CALIBRATION = lfwCalibration(facenet160.template, [
  {
    falseAcceptRate: 1e-2,
    threshold: 0.4136,
    falseAcceptInterval: [0.00743, 0.0146],
    trueAcceptRate: 0.997,
  },
  {
    falseAcceptRate: 1e-3,
    threshold: 0.5754,
    falseAcceptInterval: [0.000316, 0.00249],
    trueAcceptRate: 0.972,
  },
  {
    falseAcceptRate: 1e-4,
    threshold: 0.6982,
    falseAcceptInterval: [0, 0.000374],
    trueAcceptRate: 0.828,
  },
]);

export const facenetPacks: readonly FacenetPack[] = [
  {
    name: 'facenet512',
    dimension: 512,
    description: 'FaceNet (Inception-ResNet-v1, VGGFace2), 512 numbers per face',
    licence: LICENCE,
    sources: [
      {
        url: 'https://github.com/faustomorales/keras-facenet/releases/download/v0.3.1/20180402-114759-weights.h5',
        // keras-facenet, src/keras_facenet/metadata.py
        sha256: '8b71e7045497e841c00ee568f031d1a4d30908fceadf6884aef2dec4d545202b',
        maxBytes: MAX_BYTES,
      },
      {
        url: 'https://github.com/serengil/deepface_models/releases/download/v1.0/facenet512_weights.h5',
        sha256: null,
        maxBytes: MAX_BYTES,
      },
    ],
    calibrations: [FACENET512_CALIBRATION],
  },
  {
    name: 'facenet128',
    dimension: 128,
    description: 'FaceNet (Inception-ResNet-v1), 128 numbers per face',
    licence: LICENCE,
    sources: [
      {
        url: 'https://github.com/serengil/deepface_models/releases/download/v1.0/facenet_weights.h5',
        sha256: null,
        maxBytes: MAX_BYTES,
      },
    ],
    calibrations: [],
  },
];
