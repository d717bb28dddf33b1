import { type InstallOutcome } from '#models/install/place-pack.js';
import {
  fittingCalibration,
  type EmbeddingManifest,
  type Manifest,
} from '#models/packs/manifest.js';

const OUTCOMES: Readonly<Record<InstallOutcome, string>> = {
  'already-there': 'already installed',
  installed: 'installed',
  replaced: 'installed again',
};

const ENGINES = { onnx: 'ONNX Runtime', tfjs: 'TensorFlow' } as const;

export function describeOutcome(name: string, outcome: InstallOutcome, folder: string): string {
  return `${name}: ${OUTCOMES[outcome]} (${folder})`;
}

/** Lines about an installed pack: its model space, the engines that run it, its calibrations. */
export function describePack(manifest: Manifest, detector: string): string[] {
  return manifest.task === 'embedding'
    ? [
        `model space ${manifest.space}, embeddings of ${manifest.dimension} numbers`,
        describeEngines(manifest),
        ...describeCalibrations(manifest, detector),
      ]
    : ['finds faces and their landmarks', describeEngines(manifest)];
}

function describeEngines({ artifacts }: Manifest): string {
  const runs = artifacts.flatMap(({ format, precision }) =>
    format === 'tfjs-weights' ? [] : [`${ENGINES[format]} (${format}, ${precision})`],
  );
  return `runs on ${[...new Set(runs)].join(', ')}`;
}

function describeCalibrations(manifest: EmbeddingManifest, detector: string): string[] {
  const lines = manifest.calibrations.map((calibration) => {
    const { metric, points, data } = calibration;
    const rates = points.map(({ falseAcceptRate }) => falseAcceptRate).join(', ');
    return `calibrated with ${calibration.detector}, ${metric}, at false accept rates ${rates} (${data})`;
  });
  return fittingCalibration(manifest, detector)
    ? lines
    : [...lines, describeUncalibrated(manifest, detector)];
}

/** Says that the pack names nobody, and how to calibrate it. */
export function describeUncalibrated({ name }: EmbeddingManifest, detector: string): string {
  return `not calibrated with ${detector}, so it names nobody yet; calibrate it with: npm run sightline -- models calibrate ${name} --images DIR`;
}
