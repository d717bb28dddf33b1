import { parentPort, workerData } from 'node:worker_threads';
import { isEngineMissing, sumHeld, type HeldResources } from './engine.port.js';
import {
  type NetworkFacts,
  type NetworkRole,
  type ThreadMessage,
  type ThreadRequest,
  type ThreadSetup,
} from './inference-messages.js';
import { NetworkRunner, lowerPriority } from './network-runner.js';
import { openEngine } from './open-engine.js';

// A worker thread with one copy of each network. Inference blocks its thread, so it must not run on the
// main thread, which answers health probes and renews job locks.
lowerPriority();
const port = parentPort!;
const { networks, ...setup } = workerData as ThreadSetup;
const runners = new Map<NetworkRole, NetworkRunner>();
const send = (message: ThreadMessage) => port.postMessage(message);

async function open(): Promise<void> {
  const facts: NetworkFacts[] = [];
  for (const network of networks) {
    const engine = await openEngine(network, setup.intraOp);
    const runner = new NetworkRunner(engine, network, setup);
    runners.set(network.role, runner);
    await runner.warmUp();
    facts.push({ role: network.role, pack: network.pack, ...engine.facts });
  }
  send({ kind: 'ready', networks: facts, held: held() });
}

function held(): HeldResources {
  return sumHeld([...runners.values()].map(({ engine }) => engine.held));
}

async function close(): Promise<void> {
  for (const { engine } of runners.values()) await engine.close();
  port.close();
}

async function answer(request: ThreadRequest): Promise<void> {
  if (request.kind === 'stop') return close();
  try {
    const runner = runners.get(request.role)!;
    const reply =
      request.kind === 'run' ? await runner.run(request.items) : await runner.probe(request.input);
    send({ kind: 'reply', reply, held: held() });
  } catch (error) {
    send({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
}

try {
  await open();
  // One request after the other: replies have no id and are matched by order.
  let last = Promise.resolve();
  port.on('message', (request: ThreadRequest) => {
    last = last.then(() => answer(request));
  });
} catch (error) {
  if (!isEngineMissing(error)) throw error;
  const { code, message, details } = error;
  send({ kind: 'unusable', code, message, details });
  await close();
}
