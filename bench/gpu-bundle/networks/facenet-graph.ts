import { foldNetwork } from '#models/facenet/fold-network.js';
import { inceptionResnetV1 } from '#models/facenet/inception-resnet-v1.js';
import { onnxGraph } from '#models/facenet/write-onnx.js';
import { type OnnxGraph } from '#models/onnx/encode-onnx.js';
import { generatedWeights } from './generated-weights.js';

/** FaceNet-512: what is measured. */
export const FACENET = inceptionResnetV1(512);

/** FaceNet-512 with generated weights, as the importer writes it. */
export function facenetGraph(): OnnxGraph {
  return onnxGraph(foldNetwork(FACENET, generatedWeights(FACENET)));
}
