import { type Engine } from './engine.port.js';
import { type NetworkSetup } from './inference-messages.js';
import { OnnxEngine } from './onnx-engine.js';
import { TensorflowEngine } from './tensorflow-engine.js';

/**
 * Loads a network with the engine for the format of its artifact.
 * @param intraOp number of threads that one run of ONNX Runtime uses; TensorFlow decides this itself
 */
export function openEngine(
  { artifact, input, device }: NetworkSetup,
  intraOp: number,
): Promise<Engine> {
  return artifact.format === 'onnx'
    ? OnnxEngine.open(artifact, input, device, intraOp)
    : TensorflowEngine.open(artifact, input, device);
}
