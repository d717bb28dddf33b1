import path from 'node:path';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { assertTellsFacesApart, runFaceTest } from '../face-test/face-test.js';
import { placeFacenet } from '../facenet/facenet-pack.js';
import { importFacenet } from '../facenet/import-facenet.js';
import { type InstallOutcome } from '../install/place-pack.js';
import { verifyAnswers } from '../install/verify-answers.js';
import { withWorkspace } from '../install/workspace.js';
import { readPack } from '../packs/read-pack.js';
import {
  download,
  type DownloadOptions,
  type DownloadSource,
  sourceMismatch,
} from '../sources/download.js';
import { type FacenetPack } from './facenet-packs.js';

interface PullOptions extends DownloadOptions {
  readonly force: boolean;
  /** Folder for the photographs of the face test. */
  readonly photographs: string;
  /** Receives progress messages. */
  readonly report: (message: string) => void;
}

/**
 * Installs FaceNet from the first address that delivers valid weights. Weights without a published
 * sha256 must pass the face test.
 * @throws PipelineError MODEL_SOURCE_UNREACHABLE when no address can be reached; otherwise the code of the
 *   first other failure
 */
export async function pullFacenet(
  pack: FacenetPack,
  modelsDir: string,
  options: PullOptions,
): Promise<InstallOutcome> {
  if (!options.force && (await isComplete(modelsDir, pack.name))) return 'already-there';
  return withWorkspace(modelsDir, pack.name, async (folder) => {
    const failures: PipelineError[] = [];
    for (const [index, source] of pack.sources.entries()) {
      try {
        options.report(`${pack.name}: fetching ${source.url}`);
        return await install(pack, source, path.join(folder, `weights-${index}.h5`), {
          ...options,
          modelsDir,
        });
      } catch (error) {
        if (!(error instanceof PipelineError)) throw error;
        if (index + 1 < pack.sources.length) options.report(`  ${error.code}: ${error.message}`);
        failures.push(error);
      }
    }
    throw noSourceLeft(pack, failures);
  });
}

async function install(
  { name, dimension, calibrations }: FacenetPack,
  source: DownloadSource,
  file: string,
  { modelsDir, photographs, ...options }: PullOptions & { readonly modelsDir: string },
): Promise<InstallOutcome> {
  const sha256 = await download(source, file, options);
  const imported = await importFacenet({ weights: file });
  if (imported.dimension !== dimension) {
    throw sourceMismatch(
      source.url,
      `it gives ${imported.dimension} numbers per face, but ${name} has ${dimension}`,
    );
  }
  const check = async (workspace: string) => {
    await verifyAnswers(await readPack(workspace, name));
    if (source.sha256 !== null) return;
    const separation = await runFaceTest(name, { workspace, modelsDir, photographs });
    assertTellsFacesApart(name, separation);
  };
  const published = { ...imported, source: `${source.url}, sha256 ${sha256}` };
  const { outcome } = await placeFacenet(modelsDir, published, name, {
    force: true,
    check,
    calibrations,
  });
  return outcome;
}

async function isComplete(modelsDir: string, name: string): Promise<boolean> {
  return readPack(modelsDir, name).then(
    () => true,
    () => false,
  );
}

/** Explains what the user can do, and why each address failed. */
function noSourceLeft(pack: FacenetPack, failures: readonly PipelineError[]): PipelineError {
  const worst = failures.find(({ code }) => code !== 'MODEL_SOURCE_UNREACHABLE') ?? failures[0];
  const reasons = failures.map(({ message }) => `  ${message}`);
  const message = [
    `the weights of ${pack.name} could not be downloaded from any of the addresses that publish them:`,
    ...reasons,
    'Download the file on a machine that can reach one of these addresses, copy it to this machine and run:',
    `  npm run sightline -- models import FILE.h5 --name ${pack.name}`,
  ].join('\n');
  return new PipelineError(worst?.code ?? 'MODEL_SOURCE_UNREACHABLE', message, {
    stage: 'models',
    class: worst?.class ?? 'retry',
    cause: worst,
  });
}
