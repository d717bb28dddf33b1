import { type Command } from 'commander';
import { recognitionHttp } from '#shared/contracts/http/recognition.http.js';
import { usageError } from '#shared/contracts/pipeline-error.js';
import { loadCliConfig } from '../cli.config.js';
import { findServices, readPhotograph } from '../client/services.js';

interface VerifyOptions {
  readonly person?: string;
  readonly json: boolean;
}

export function registerVerifyCommand(program: Command): void {
  program
    .command('verify')
    .description(
      'check whether two photographs, or a photograph and an enrolled person, are the same person',
    )
    .argument('<image>', 'file of a photograph')
    .argument('[other]', 'file of another photograph')
    .option(
      '--person <id>',
      'id of an enrolled person to compare with, instead of another photograph',
    )
    .option('--json', 'print the JSON response of the service', false)
    .action(verify);
}

async function verify(image: string, other: string | undefined, options: VerifyOptions) {
  const { matcher } = await findServices(loadCliConfig());
  const claim = otherSide(other, options.person);
  const image1 = await readPhotograph(image);
  const answer = await matcher.call(
    recognitionHttp.verify,
    'file' in claim
      ? { files: { image1, image2: await readPhotograph(claim.file) } }
      : { files: { image1 }, body: claim },
  );
  if (options.json) {
    console.log(JSON.stringify(answer, null, 2));
    return;
  }
  const { score, metric, threshold, thresholdBasis, falseAcceptRate } = answer;
  const { similarity, distance, space } = answer;
  const rate =
    falseAcceptRate === null
      ? thresholdBasis
      : `${thresholdBasis}, accepts 1 stranger in ${Math.round(1 / falseAcceptRate)}`;
  console.log(answer.same ? 'the same person' : 'not the same person');
  console.log(`score ${score.toFixed(3)} (${metric}), threshold ${threshold.toFixed(3)} (${rate})`);
  console.log(
    `cosine similarity ${similarity.toFixed(3)}, distance ${distance.toFixed(3)}, model space ${space}`,
  );
}

function otherSide(other: string | undefined, person: string | undefined) {
  if (other !== undefined && person === undefined) return { file: other };
  if (other === undefined && person !== undefined) return { personId: person };
  throw usageError('USAGE', 'give either a second photograph or --person ID');
}
