import path from 'node:path';
import { type NetworkInput } from '#shared/models/manifest.js';
import { readEmbeddingManifest, readPack } from '#shared/models/read-pack.js';
import { cliError } from '../cli-error.js';
import { slug } from '../launcher/slug.js';
import { describeOutcome } from './describe-outcome.js';
import { describePack } from './describe-pack.js';
import { tryOnFaces } from './face-test/try-on-faces.js';
import { importFacenet } from './facenet/import-facenet.js';
import { isKerasFile } from './is-keras-file.js';
import { importOwnNetwork } from './own-network/import-own-network.js';
import { parseAlignment } from './own-network/parse-alignment.js';
import { assertNotDefault, assertOwnName } from './packs/reserved-names.js';
import { placeFacenet } from './place-facenet.js';
import { placePack, type InstallOutcome, type PlaceOptions } from './place-pack.js';
import { verifyAnswers } from './verify-answers.js';

export interface ImportRequest {
  readonly name?: string;
  readonly force: boolean;
  readonly sha256?: string;
  readonly architecture?: string;
  /** Pixels. */
  readonly size?: number;
  readonly channels: NetworkInput['channels'];
  readonly layout: NetworkInput['layout'];
  readonly mean: number;
  readonly std: number;
  readonly alignment?: string;
  readonly output?: string;
  readonly licence: string;
  readonly source?: string;
  readonly faceCheck: boolean;
}

export interface ImportPlaces {
  readonly modelsDir: string;
  /** Detection pack in use. */
  readonly detector: string;
  /** Folder for the photographs of known people. */
  readonly photographs: string;
}

interface Placed {
  readonly name: string;
  readonly outcome: InstallOutcome;
}

/**
 * Makes a pack of FaceNet weights or of any ONNX network and puts it in place.
 * @returns lines that say what it is and what to do next
 */
export async function importPack(
  file: string,
  request: ImportRequest,
  places: ImportPlaces,
): Promise<string[]> {
  const { modelsDir, detector } = places;
  const tried: string[] = [];
  const options: PlaceOptions = {
    force: request.force,
    check: async (workspace, name) => {
      await verifyAnswers(await readPack(workspace, name));
      if (request.faceCheck) tried.push(await tryOnFaces(name, { ...places, workspace }));
    },
  };
  const { name, outcome } = (await isKerasFile(file))
    ? await placeKeras(file, request, modelsDir, options)
    : await placeOwn(file, request, modelsDir, options);
  const manifest = await readEmbeddingManifest(modelsDir, name);
  return [
    describeOutcome(name, outcome, path.join(modelsDir, name)),
    ...[...describePack(manifest, detector), ...tried].map((line) => `  ${line}`),
    `  use it with: npm run sightline -- models use ${name}`,
  ];
}

async function placeKeras(
  file: string,
  { name, architecture }: ImportRequest,
  modelsDir: string,
  options: PlaceOptions,
): Promise<Placed> {
  if (name !== undefined) assertNotDefault(name);
  const imported = await importFacenet({ weights: file, architecture });
  return placeFacenet(modelsDir, imported, name, options);
}

async function placeOwn(
  file: string,
  request: ImportRequest,
  modelsDir: string,
  options: PlaceOptions,
): Promise<Placed> {
  const { name = slug(path.parse(file).name), size, alignment } = request;
  assertOwnName(name);
  if (size === undefined || alignment === undefined) {
    throw cliError(
      'USAGE',
      'say what the network takes: --size PIXELS, --alignment TEMPLATE, and --channels, --layout, --mean and --std where they are not rgb, nchw, 127.5 and 127.5',
    );
  }
  const { channels, layout, mean, std, output, licence, source = path.basename(file) } = request;
  const { files } = await importOwnNetwork(modelsDir, {
    ...{ file, name, output, licence, source },
    input: { width: size, height: size, channels, layout, mean, std },
    alignment: parseAlignment(alignment, size),
  });
  return { name, outcome: await placePack(modelsDir, name, files, options) };
}
