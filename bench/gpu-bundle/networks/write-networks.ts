import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { encodeOnnxGraph, type OnnxGraph } from '#models/onnx/encode-onnx.js';
import { type NetworkFiles } from '../measuring/job.js';
import { type Precision } from '../options.js';
import { FACENET, facenetGraph } from './facenet-graph.js';
import { float16Graph } from './float16-graph.js';
import { generatedPixels } from './generated-pixels.js';
import { residentGraph } from './resident-graph.js';

/** Writes FaceNet with generated weights, twice at each precision: some 190 MB each. */
export async function writeNetworks<P extends Precision>(
  precisions: readonly P[],
  folder: string,
): Promise<Record<P, NetworkFiles>> {
  const facenet = facenetGraph();
  const resident = residentGraph(facenet, generatedPixels(FACENET, 1));
  const files: Partial<Record<P, NetworkFiles>> = {};
  for (const precision of precisions) {
    const write = async (name: string, graph: OnnxGraph) => {
      const file = path.join(folder, `${name}-${precision}.onnx`);
      await writeFile(file, encodeOnnxGraph(precision === 'fp16' ? float16Graph(graph) : graph));
      return file;
    };
    files[precision] = {
      facenet: await write('facenet', facenet),
      resident: await write('resident', resident),
    };
  }
  return files as Record<P, NetworkFiles>;
}
