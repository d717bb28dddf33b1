/** Loaded into a service by a test: makes it fail as a bug would, outside of any handler. */
process.on('SIGUSR2', () => {
  setImmediate(() => {
    throw new Error('nobody caught this');
  });
});
