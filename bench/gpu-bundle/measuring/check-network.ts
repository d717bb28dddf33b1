import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { Tensor } from 'onnxruntime-node';
import { FACENET } from '../networks/facenet-graph.js';
import { generatedPixels } from '../networks/generated-pixels.js';
import { type Job } from './job.js';
import { nodesByProvider } from './nodes-by-provider.js';
import { openSession } from './open-session.js';

const PROFILE = 'profile';

/** Runs FaceNet once: what comes out, and where each node really ran. */
export async function checkNetwork({ provider, networks, folder }: Job) {
  const session = await openSession(networks.facenet, provider, path.join(folder, PROFILE));
  const input = new Tensor('float32', generatedPixels(FACENET, 1), [1, ...FACENET.input]);
  const { embedding } = await session.run({ input });
  session.endProfiling();
  await session.release();
  return {
    nodes: nodesByProvider(await takeProfile(folder)),
    embedding: [...(embedding!.data as Float32Array)],
  };
}

/** ONNX Runtime adds the time to the name of the file. */
async function takeProfile(folder: string): Promise<string> {
  const name = (await readdir(folder)).find((file) => file.startsWith(PROFILE));
  if (!name) throw new Error('ONNX Runtime wrote no profile');
  const file = path.join(folder, name);
  const text = await readFile(file, 'utf8');
  await rm(file);
  return text;
}
