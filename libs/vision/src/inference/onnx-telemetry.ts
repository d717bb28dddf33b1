import { setNativeDefault } from '#shared/config/load-config.js';

/**
 * For the main thread, before ONNX Runtime is loaded in any. Since 1.29 it tells Microsoft about every
 * network it loads, by name and hash, and keeps an id of the machine at home for that
 * (github.com/microsoft/onnxruntime/pull/27379). Nobody was asked.
 */
export function refuseTelemetry(): void {
  setNativeDefault('ORT_DISABLE_TELEMETRY', '1');
}
