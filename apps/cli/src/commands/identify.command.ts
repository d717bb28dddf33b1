import { type Command } from 'commander';
import { type Identification, recognitionHttp } from '#shared/contracts/http/recognition.http.js';
import { loadCliConfig } from '../cli.config.js';
import { findServices, readPhotograph } from '../client/services.js';
import { printable } from '../output/table.js';
import { parseCount } from './parse-options.js';

export function registerIdentifyCommand(program: Command): void {
  program
    .command('identify')
    .description('find out who is in a photograph')
    .argument('<image>', 'file of the photograph')
    .option('--limit <count>', 'maximum number of candidates per face', parseCount, 3)
    .option('--json', 'print the JSON response of the service', false)
    .action(identify);
}

async function identify(image: string, options: { limit: number; json: boolean }) {
  const { matcher } = await findServices(loadCliConfig());
  const answer = await matcher.call(recognitionHttp.identify, {
    body: { limit: options.limit },
    files: { image: await readPhotograph(image) },
  });
  console.log(options.json ? JSON.stringify(answer, null, 2) : describe(answer));
}

function describe({ faces, unusable, ...rest }: Identification): string {
  if (faces.length + unusable.length === 0) return 'no face found';
  return [
    ...faces.map((face, index) => {
      const best = face.candidates[0];
      const who =
        face.decision === 'person' && best
          ? printable(best.name)
          : `unknown (${face.reason ?? ''})`;
      const scores = face.candidates.map(
        ({ name, score }) => `${printable(name)} ${score.toFixed(3)}`,
      );
      const { x, y, width, height } = face.box;
      const place = `${Math.round(width)}×${Math.round(height)} at ${Math.round(x)},${Math.round(y)}`;
      return `face ${index + 1} (${place}): ${who}\n  best: ${scores.join(', ') || 'nobody is enrolled'}`;
    }),
    ...unusable.map(({ reason }) => `unusable face: ${reason}`),
    describeThreshold(rest),
  ].join('\n');
}

function describeThreshold({
  threshold,
  thresholdBasis,
  metric,
}: Pick<Identification, 'threshold' | 'thresholdBasis' | 'metric'>): string {
  if (threshold === null) return 'nobody is named, because the model pack is not calibrated';
  return `threshold for a name: ${threshold.toFixed(3)} (${metric}, ${thresholdBasis ?? ''})`;
}
