import { parentPort, workerData } from 'node:worker_threads';
import { openEngine } from '#vision/inference/open-engine.js';
import { type NetworkAnswer, type NetworkRequest } from './verify-answers.js';

const { network, batches } = workerData as NetworkRequest;
const engine = await openEngine(network, 1);
const answers: NetworkAnswer[] = [];
for (const { values, count } of batches) {
  answers.push(
    await engine.run(values, count).then(
      (outputs) => ({ outputs }),
      (error: unknown) => ({ problem: error instanceof Error ? error.message : String(error) }),
    ),
  );
}
await engine.close();
parentPort!.postMessage(answers);
