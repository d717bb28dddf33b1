import { type Command, InvalidArgumentError, Option } from 'commander';
import path from 'node:path';
import { tryOnFaces } from '#models/face-test/try-on-faces.js';
import { placeFacenet } from '#models/facenet/facenet-pack.js';
import { importFacenet } from '#models/facenet/import-facenet.js';
import { isKerasFile } from '#models/facenet/read-keras-weights.js';
import { placePack, type InstallOutcome, type PlaceOptions } from '#models/install/place-pack.js';
import { verifyAnswers } from '#models/install/verify-answers.js';
import { removeLeftovers } from '#models/install/workspace.js';
import { importOwnNetwork } from '#models/own-network/import-own-network.js';
import { parseAlignment } from '#models/packs/alignment.js';
import { type NetworkInput } from '#models/packs/manifest.js';
import { readEmbeddingManifest, readPack } from '#models/packs/read-pack.js';
import { assertNotDefault, assertOwnName } from '#models/published/find-pack.js';
import { withLocalFile } from '#models/sources/local-file.js';
import { usageError } from '#shared/contracts/pipeline-error.js';
import { slug } from '#shared/platform/storage/object-names.js';
import { downloadProgress } from '../../output/progress.js';
import { parseNumber, parsePackName, parsePositive, parseWhole } from '../parse-options.js';
import { describeOutcome, describePack } from './describe-pack.js';
import { loadModelSettings, photographsFolder } from './model-settings.js';

interface ImportRequest {
  readonly name?: string;
  readonly force: boolean;
  readonly sha256?: string;
  readonly architecture?: string;
  /** Width and height of the network's input, pixels. */
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

/** Adds `models import`. */
export function registerImport(models: Command): void {
  models
    .command('import')
    .description(
      'make a pack from FaceNet weights of Keras (.h5) or from any face embedding network (.onnx)',
    )
    .argument('<file>', 'FILE.h5, FILE.onnx, or an https:// URL of one together with --sha256')
    .option(
      '--name <name>',
      'name of the pack (default: facenet128 or facenet512 for FaceNet, otherwise from the file name)',
      parsePackName,
    )
    .option('--force', 'replace an installed pack that has this name', false)
    .option('--sha256 <hex>', 'SHA-256 hash of the file; required for a URL', parseSha256)
    .option('--architecture <file>', 'model.json of the weights, only to check that it is FaceNet')
    .option(
      '--size <pixels>',
      'width and height of the input, 16 to 1024 (required for .onnx)',
      (text) => parseWhole(text, 16, 1024),
    )
    .addOption(choice('--channels <order>', 'order of the colour channels', ['rgb', 'bgr', 'grey']))
    .addOption(choice('--layout <order>', 'order of the axes', ['nchw', 'nhwc']))
    .option(
      '--mean <value>',
      'number subtracted from each pixel value (0 to 255)',
      parseNumber,
      127.5,
    )
    .option('--std <value>', 'number that the result is divided by', parsePositive, 127.5)
    .option(
      '--alignment <template>',
      'arcface-112, facenet-160, or five points "x,y x,y x,y x,y x,y" in pixels: left eye, right eye, nose, left and right corner of the mouth (required for .onnx)',
    )
    .option('--output <name>', 'output that is the embedding (default: the only output)')
    .option('--licence <text>', 'licence of the network, written into the pack', 'not stated')
    .option(
      '--source <text>',
      'origin of the network, written into the pack (default: the file name)',
    )
    .option(
      '--no-face-check',
      'do not test the pack, and the order of its channels, on photographs of known people (default: test it)',
    )
    .action(runImport);
}

/** An option whose default is the first choice. */
function choice(flags: string, description: string, choices: readonly string[]): Option {
  return new Option(flags, description).choices(choices).default(choices[0]);
}

function parseSha256(text: string): string {
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError('expected 64 hexadecimal digits.');
}

async function runImport(place: string, options: ImportRequest): Promise<void> {
  const { MODELS_DIR: modelsDir, DETECTION_PACK: detector } = await loadModelSettings();
  await removeLeftovers(modelsDir);
  const places = { modelsDir, detector, photographs: photographsFolder() };
  const progress = downloadProgress(place);
  const lines = await withLocalFile(place, options.sha256, modelsDir, progress, (file, source) =>
    importPack(file, { source, ...options }, places),
  );
  console.log(lines.join('\n'));
}

interface ImportPlaces {
  readonly modelsDir: string;
  /** Detection pack in use. */
  readonly detector: string;
  /** Folder for the photographs that the face check uses. */
  readonly photographs: string;
}

interface Placed {
  readonly name: string;
  readonly outcome: InstallOutcome;
}

/**
 * Makes a pack from FaceNet weights or from any ONNX network, and installs it.
 * @returns lines for the user that describe the pack and say what to do next
 */
async function importPack(
  file: string,
  request: ImportRequest,
  places: ImportPlaces,
): Promise<string[]> {
  const { modelsDir, detector } = places;
  const faceChecks: string[] = [];
  const options: PlaceOptions = {
    force: request.force,
    check: async (workspace, name) => {
      await verifyAnswers(await readPack(workspace, name));
      if (request.faceCheck) faceChecks.push(await tryOnFaces(name, { ...places, workspace }));
    },
  };
  const { name, outcome } = (await isKerasFile(file))
    ? await placeKeras(file, request, modelsDir, options)
    : await placeOwn(file, request, modelsDir, options);
  const manifest = await readEmbeddingManifest(modelsDir, name);
  return [
    describeOutcome(name, outcome, path.join(modelsDir, name)),
    ...[...describePack(manifest, detector), ...faceChecks].map((line) => `  ${line}`),
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
    throw usageError(
      'USAGE',
      'describe the input of the network: --size PIXELS and --alignment TEMPLATE, and --channels, --layout, --mean and --std if they are not rgb, nchw, 127.5 and 127.5',
    );
  }
  const { channels, layout, mean, std, output, licence, source = path.basename(file) } = request;
  const { files } = await importOwnNetwork(modelsDir, {
    file,
    name,
    output,
    licence,
    source,
    input: { width: size, height: size, channels, layout, mean, std },
    alignment: parseAlignment(alignment, size),
  });
  return { name, outcome: await placePack(modelsDir, name, files, options) };
}
