import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { z } from 'zod';
import { FACENET, generatedPixels } from '../networks/generated-facenet.js';
import { type Provider } from '../options.js';
import { type Job } from './job.js';

const PROFILE = 'profile';

/** Runs FaceNet once and returns the embedding and the provider that ran each node. */
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

/** ONNX Runtime adds a timestamp to the file name. */
async function takeProfile(folder: string): Promise<string> {
  const name = (await readdir(folder)).find((file) => file.startsWith(PROFILE));
  if (!name) throw new Error('ONNX Runtime wrote no profile');
  const file = path.join(folder, name);
  const text = await readFile(file, 'utf8');
  await rm(file);
  return text;
}

/**
 * Opens a session with one provider. ONNX Runtime uses the CPU for nodes that the provider cannot run, possibly for
 * all of them; `nodesByProvider` shows which.
 * @param model path or bytes of an .onnx file
 * @param profile prefix of the path of a profile; without it no profile is written
 */
export function openSession(
  model: string | Uint8Array,
  provider: Provider,
  profile?: string,
): Promise<InferenceSession> {
  const options: InferenceSession.SessionOptions = {
    executionProviders: [provider],
    // Level 2 prints warnings. The parent process searches them for the cause of a failure.
    logSeverityLevel: 2,
    ...(profile !== undefined && { enableProfiling: true, profileFilePrefix: profile }),
  };
  return typeof model === 'string'
    ? InferenceSession.create(model, options)
    : InferenceSession.create(model, options);
}

/** The part of ONNX Runtime's profile with the provider of each node: one event per node and run. */
const profileSchema = z.array(
  z.object({
    cat: z.string(),
    name: z.string(),
    args: z.object({ provider: z.string().optional() }).optional(),
  }),
);

/** Number of nodes by execution provider, from the profile of one run. */
export function nodesByProvider(profile: string): Record<string, number> {
  const nodes: Record<string, number> = {};
  for (const { cat, name, args } of profileSchema.parse(JSON.parse(profile))) {
    if (cat !== 'Node' || !name.endsWith('_kernel_time') || !args?.provider) continue;
    nodes[args.provider] = (nodes[args.provider] ?? 0) + 1;
  }
  return nodes;
}
