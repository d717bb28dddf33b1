import { type Command } from 'commander';
import { usageError } from '#shared/contracts/pipeline-error.js';
import { loadCliConfig } from '../cli.config.js';
import { findServices } from '../client/find-services.js';

interface VerifyOptions {
  readonly person?: string;
  readonly json: boolean;
}

export function registerVerifyCommand(program: Command): void {
  program
    .command('verify')
    .description('is it the same person? Two photographs, or a photograph and an enrolled person')
    .argument('<image>')
    .argument('[other]', 'the other photograph')
    .option('--person <id>', 'an enrolled person instead of the other photograph')
    .option('--json', 'print what the service answers', false)
    .action(verify);
}

async function verify(image: string, other: string | undefined, options: VerifyOptions) {
  const { matcher } = await findServices(loadCliConfig());
  const answer = await matcher.verify(image, claimed(other, options.person));
  if (options.json) {
    console.log(JSON.stringify(answer, null, 2));
    return;
  }
  const { score, metric, threshold, thresholdBasis, falseAcceptRate } = answer;
  const { similarity, distance, space } = answer;
  const rate =
    falseAcceptRate === null
      ? thresholdBasis
      : `${thresholdBasis}, 1 stranger in ${Math.round(1 / falseAcceptRate)} passes`;
  console.log(answer.same ? 'the same person' : 'not the same person');
  console.log(`score ${score.toFixed(3)} (${metric}), needed ${threshold.toFixed(3)} (${rate})`);
  console.log(
    `cosine similarity ${similarity.toFixed(3)}, distance ${distance.toFixed(3)}, model space ${space}`,
  );
}

function claimed(other: string | undefined, person: string | undefined) {
  if (other !== undefined && person === undefined) return { file: other };
  if (other === undefined && person !== undefined) return { personId: person };
  throw usageError('USAGE', 'give a second photograph or --person ID, one of the two');
}
