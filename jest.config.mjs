/** Tests run on the compiled output, as production does: worker threads and native modules included. */
export default {
  roots: ['<rootDir>/dist'],
  testMatch: ['**/*.spec.js'],
  testTimeout: 30_000,
  // Integration tests wait for services most of the time: two files at once use two cores well.
  maxWorkers: 2,
  // Jest keeps the modules of every test file in memory; a worker above this size is replaced.
  workerIdleMemoryLimit: '1GB',
};
