import { InferenceSession } from 'onnxruntime-node';
import { type Provider } from '../options.js';

/**
 * A session that asks for one provider. ONNX Runtime puts the CPU behind it, for what the provider cannot
 * run or for everything: `nodesByProvider` tells.
 * @param model path or bytes of an .onnx file
 * @param profile path that the name of a profile begins with, to have one written
 */
export function openSession(
  model: string | Uint8Array,
  provider: Provider,
  profile?: string,
): Promise<InferenceSession> {
  const options: InferenceSession.SessionOptions = {
    executionProviders: [provider],
    // Warnings: the parent looks for reasons among them.
    logSeverityLevel: 2,
    ...(profile !== undefined && { enableProfiling: true, profileFilePrefix: profile }),
  };
  return typeof model === 'string'
    ? InferenceSession.create(model, options)
    : InferenceSession.create(model, options);
}
