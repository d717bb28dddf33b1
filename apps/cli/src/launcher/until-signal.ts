const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs `work` until it ends, fails or the process gets a signal; then runs `cleanUp`. Further signals
 * are ignored, because `cleanUp` has its own timeouts.
 * @param work gets a promise that resolves on the first signal
 * @returns the first signal, or null if there was none
 */
export async function untilSignal(
  work: (signalled: Promise<NodeJS.Signals>) => Promise<void>,
  cleanUp: () => Promise<void>,
): Promise<NodeJS.Signals | null> {
  let signal: NodeJS.Signals | null = null;
  let resolveSignalled: (signal: NodeJS.Signals) => void;
  const signalled = new Promise<NodeJS.Signals>((resolve) => (resolveSignalled = resolve));
  const listener = (name: NodeJS.Signals) => {
    signal ??= name;
    resolveSignalled(name);
  };
  for (const name of SIGNALS) process.on(name, listener);
  try {
    const working = work(signalled);
    // After a signal `work` may fail, because cleanUp stops what it uses.
    working.catch(() => undefined);
    await Promise.race([working, signalled]);
  } finally {
    await cleanUp();
    for (const name of SIGNALS) process.off(name, listener);
  }
  return signal;
}
