import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type io } from '@tensorflow/tfjs';
import { z } from 'zod';
import { type TensorflowArtifact } from './network-artifact.js';

/** A TF.js graph model as tensorflowjs_converter writes it; the runtime checks the graph itself. */
const graphSchema = z.object({
  format: z.literal('graph-model'),
  modelTopology: z.looseObject({ node: z.array(z.unknown()) }),
  signature: z.looseObject({}).optional(),
  weightsManifest: z.array(
    z.object({
      paths: z.array(z.string()),
      weights: z.array(
        z.looseObject({ name: z.string(), shape: z.array(z.number().int()), dtype: z.string() }),
      ),
    }),
  ),
});

/**
 * Reads a graph model from its files, for tf.loadGraphModel of any TF.js package: only those for Node
 * read files themselves.
 * @throws Error when the JSON is no graph model or names a file that is not the artifact's
 */
export async function readGraph(artifact: TensorflowArtifact): Promise<io.IOHandler> {
  const graph = graphSchema.parse(JSON.parse(await readFile(artifact.file, 'utf8')));
  const weightData: ArrayBuffer[] = [];
  for (const name of graph.weightsManifest.flatMap(({ paths }) => paths)) {
    const file = artifact.weights.find((candidate) => path.basename(candidate) === name);
    if (file === undefined) {
      throw new Error(`${artifact.file} takes weights from ${name}, which is no file of its pack`);
    }
    weightData.push(toArrayBuffer(await readFile(file)));
  }
  const artifacts: io.ModelArtifacts = {
    format: graph.format,
    modelTopology: graph.modelTopology,
    weightSpecs: graph.weightsManifest.flatMap(
      ({ weights }) => weights as unknown as io.WeightsManifestEntry[],
    ),
    weightData,
    ...(graph.signature && { signature: graph.signature }),
  };
  return { load: () => Promise.resolve(artifacts) };
}

/** Without a copy where the bytes have a buffer of their own, as those of large files do. */
function toArrayBuffer({ buffer, byteOffset, byteLength }: Buffer): ArrayBuffer {
  const whole = byteOffset === 0 && byteLength === buffer.byteLength;
  return (whole ? buffer : buffer.slice(byteOffset, byteOffset + byteLength)) as ArrayBuffer;
}
