import { type InstallOutcome } from '#models/install/place-pack.js';
import {
  fittingCalibration,
  type EmbeddingManifest,
  type Manifest,
} from '#models/packs/manifest.js';

const OUTCOMES: Readonly<Record<InstallOutcome, string>> = {
  'already-there': 'is there and whole',
  installed: 'installed',
  replaced: 'installed again',
};

export function describeOutcome(name: string, outcome: InstallOutcome, folder: string): string {
  return `${name}: ${OUTCOMES[outcome]} (${folder})`;
}

const ENGINES = { onnx: 'ONNX Runtime', tfjs: 'TensorFlow' } as const;

/** What a whole pack is: space, what runs it, what its thresholds rest on. */
export function describePack(manifest: Manifest, detector: string): string[] {
  return manifest.task === 'embedding'
    ? [
        `space ${manifest.space}, ${manifest.dimension} numbers per face`,
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
  const lines = manifest.calibrations.map(({ detector: with_, metric, points, data }) => {
    const rates = points.map(({ falseAcceptRate }) => falseAcceptRate).join(', ');
    return `calibrated with ${with_}, ${metric}, at false-accept rates ${rates} (${data})`;
  });
  return fittingCalibration(manifest, detector)
    ? lines
    : [...lines, uncalibrated(manifest, detector)];
}

/** What that means, and what to do. */
export function uncalibrated({ name }: EmbeddingManifest, detector: string): string {
  return `not calibrated with ${detector}, so it names nobody yet: npm run sightline -- models calibrate ${name} --images DIR`;
}
