/** Tests run on the compiled output, as production does: worker threads and native modules included. */
export default {
  roots: ['<rootDir>/dist'],
  testMatch: ['**/*.spec.js'],
  testTimeout: 30_000,
};
