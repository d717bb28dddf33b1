/** Preloaded into a service by a test. Throws an uncaught exception, as a bug would. */
process.on('SIGUSR2', () => {
  setImmediate(() => {
    throw new Error('nobody caught this');
  });
});
