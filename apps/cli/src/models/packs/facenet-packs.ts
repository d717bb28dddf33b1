import { type DownloadSource } from '../sources/download.js';

/** FaceNet from published Keras weights: the pack is made of them on the user's machine. */
export interface FacenetPack {
  readonly name: string;
  readonly dimension: 128 | 512;
  readonly description: string;
  readonly licence: string;
  /** Addresses that publish the weights, the one to try first in front. */
  readonly sources: readonly [DownloadSource, ...DownloadSource[]];
}

/** 94 MB are published. */
const MAX_BYTES = 256 * 1024 ** 2;

const LICENCE =
  'MIT (github.com/davidsandberg/facenet); whoever publishes the converted weights may set other terms';

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
  },
];
