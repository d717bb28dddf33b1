import { parentPort, workerData } from 'node:worker_threads';
import {
  type NetworkRole,
  type ThreadMessage,
  type ThreadRequest,
  type ThreadSetup,
} from './inference-messages.js';
import { NetworkRunner } from './network-runner.js';
import { OnnxEngine } from './onnx-engine.js';
import { yieldToOthers } from './yield-to-others.js';

// A worker thread that owns one copy of each network. Running one blocks the thread it runs in, which
// is why this is not the thread that answers health probes and renews job locks.
yieldToOthers();
const port = parentPort!;
const { networks, ...setup } = workerData as ThreadSetup;
const runners = new Map<NetworkRole, NetworkRunner>();
for (const network of networks) {
  const engine = await OnnxEngine.open(network.file, network.input, setup.intraOp);
  runners.set(network.role, new NetworkRunner(engine, network, setup));
}

const send = (message: ThreadMessage) => port.postMessage(message);

async function answer(request: ThreadRequest): Promise<void> {
  if (request.kind === 'stop') {
    for (const { engine } of runners.values()) await engine.close();
    port.close();
    return;
  }
  try {
    const runner = runners.get(request.role)!;
    const reply =
      request.kind === 'run' ? await runner.run(request.items) : await runner.probe(request.input);
    send({ kind: 'reply', reply });
  } catch (error) {
    send({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
}

// One after the other, in order: replies carry no number.
let last = Promise.resolve();
port.on('message', (request: ThreadRequest) => {
  last = last.then(() => answer(request));
});
send({ kind: 'ready', facts: runners.get('embed')!.engine.facts });
