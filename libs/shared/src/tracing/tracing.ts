import { type Tracer } from './tracer.port.js';

/** One per process, as signals are. Null: tracing is off, and costs this one look. */
let current: Tracer | null = null;

export function tracer(): Tracer | null {
  return current;
}

export function useTracer(tracer: Tracer | null): void {
  current = tracer;
}
