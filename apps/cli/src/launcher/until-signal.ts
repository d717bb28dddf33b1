const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Runs `work`, which gets a promise of the first signal, and then `cleanUp`, whether work ended, failed
 * or a signal came meanwhile. Further signals change nothing: cleaning up has its own deadlines.
 * @returns the signal that ended it, or null
 */
export async function untilSignal(
  work: (signalled: Promise<NodeJS.Signals>) => Promise<void>,
  cleanUp: () => Promise<void>,
): Promise<NodeJS.Signals | null> {
  let signal: NodeJS.Signals | null = null;
  let tell: (signal: NodeJS.Signals) => void;
  const signalled = new Promise<NodeJS.Signals>((resolve) => (tell = resolve));
  const listener = (name: NodeJS.Signals) => {
    signal ??= name;
    tell(name);
  };
  for (const name of SIGNALS) process.on(name, listener);
  try {
    const working = work(signalled);
    // What work still throws after a signal is only that things are being stopped under it.
    working.catch(() => undefined);
    await Promise.race([working, signalled]);
  } finally {
    await cleanUp();
    for (const name of SIGNALS) process.off(name, listener);
  }
  return signal;
}
