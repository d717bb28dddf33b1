import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseNumber, parsePositive, parseWhole } from '../../output/parse-number.js';
import { importPack, type ImportRequest } from '../import-pack.js';
import { loadModelSettings, photographsFolder } from '../model-settings.js';
import { parsePackName } from '../parse-pack-name.js';
import { withLocalFile } from '../sources/local-file.js';
import { removeLeftovers } from '../workspace.js';

/** Adds `models import`. */
export function registerImport(models: Command): void {
  models
    .command('import')
    .description(
      'make a pack of FaceNet weights from Keras (.h5), or of any face-embedding network (.onnx)',
    )
    .argument('<file>', 'FILE.h5 or FILE.onnx; or an https:// address of one, with --sha256')
    .option(
      '--name <name>',
      'of the pack; facenet128 or facenet512 for FaceNet unless told',
      parsePackName,
    )
    .option('--force', 'replace another pack of the name', false)
    .option('--sha256 <hex>', 'what an address must give', parseSha256)
    .option('--architecture <file>', 'model.json that came with the weights; it is only checked')
    .option('--size <pixels>', 'side of the square input', (text) => parseWhole(text, 16, 1024))
    .addOption(choice('--channels <order>', 'of the colours', ['rgb', 'bgr', 'grey']))
    .addOption(choice('--layout <order>', 'of the axes', ['nchw', 'nhwc']))
    .option('--mean <value>', 'subtracted from each channel, 0 to 255', parseNumber, 127.5)
    .option('--std <value>', 'what that is divided by', parsePositive, 127.5)
    .option(
      '--alignment <template>',
      'arcface-112, facenet-160, or five points: "x,y x,y x,y x,y x,y" of left eye, right eye, nose, left and right mouth corner',
    )
    .option('--output <name>', 'which output is the embedding, where there are several')
    .option('--licence <text>', 'what the network may be used for', 'not stated')
    .option('--source <text>', 'where the network comes from; the file unless told')
    .option('--no-face-check', 'do not try the pack on photographs of people who are known')
    .action(runImport);
}

/** The first one unless told. */
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
  const lines = await withLocalFile(place, options.sha256, modelsDir, (file, source) =>
    importPack(file, { source, ...options }, places),
  );
  console.log(lines.join('\n'));
}
