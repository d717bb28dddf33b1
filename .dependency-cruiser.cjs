/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'apps-stand-alone',
      comment: 'Apps talk through queues and HTTP, never through imports.',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'libs-import-no-app',
      severity: 'error',
      from: { path: '^libs/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^(apps|test|bench)/' },
    },
    {
      name: 'contracts-stand-alone',
      comment: 'What the services agree on depends on zod alone.',
      severity: 'error',
      from: { path: '^libs/shared/src/contracts/', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: ['^libs/shared/src/contracts/', '^node_modules/zod/', '^(node:)?crypto$'] },
    },
    {
      name: 'client-runs-anywhere',
      comment:
        'The HTTP client runs in Node and in browsers: it needs the contracts and no platform.',
      severity: 'error',
      from: { path: '^libs/shared/src/client/', pathNot: '\\.spec\\.ts$' },
      to: {
        pathNot: ['^libs/shared/src/(client|contracts)/', '^node_modules/eventsource-parser/'],
      },
    },
    {
      name: 'shared-imports-no-other-library',
      severity: 'error',
      from: { path: '^libs/shared/' },
      to: { path: '^libs/(vision|models)/' },
    },
    {
      name: 'vision-makes-no-packs',
      comment:
        'Of libs/models the model path uses packs and scoring; what makes and measures packs uses the model path.',
      severity: 'error',
      from: { path: '^libs/vision/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^libs/models/', pathNot: '^libs/models/src/(packs|scoring)/' },
    },
    {
      name: 'packs-and-scoring-run-no-network',
      severity: 'error',
      from: { path: '^libs/models/src/(packs|scoring)/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^libs/(vision|models/src/(?!packs|scoring))' },
    },
    {
      name: 'only-those-who-run-networks',
      comment:
        'The model path belongs to the embedder, and to the command line that installs and measures packs.',
      severity: 'error',
      from: { path: '^(apps/(ingest|matcher)|libs/shared)/' },
      to: { path: '^libs/vision/', reachable: true },
    },
    {
      name: 'bench-imports-no-app-insides',
      comment:
        'A bench starts the apps as processes and talks to them over HTTP. Other code that it needs belongs in libs or test/support.',
      severity: 'error',
      from: { path: '^bench/' },
      to: { path: '^apps/' },
    },
    {
      name: 'test-support-imports-no-bench',
      severity: 'error',
      from: { path: '^test/support/' },
      to: { path: '^bench/' },
    },
    {
      name: 'product-imports-no-test',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '\\.spec\\.ts$' },
      to: { path: '(^(test|bench)/|\\.spec\\.ts$)' },
    },
    {
      name: 'one-aws-import',
      severity: 'error',
      from: {
        path: '^(apps|libs)/',
        pathNot: '^libs/shared/src/platform/storage/s3-object-store\\.ts$',
      },
      to: { path: '@aws-sdk/' },
    },
    {
      name: 'one-opentelemetry-sdk-import',
      comment: 'The API may be imported anywhere: it does nothing until the SDK is started.',
      severity: 'error',
      from: {
        path: '^(apps|libs)/',
        pathNot: ['^libs/shared/src/platform/observability/otel-sdk\\.ts$', '\\.spec\\.ts$'],
      },
      to: { path: '@opentelemetry/(?!api/)' },
    },
    {
      name: 'tracing-off-loads-nothing',
      comment: 'The SDK takes time and memory, so it is imported only when tracing is switched on.',
      severity: 'error',
      from: { path: '^(apps|libs)/' },
      to: { path: '^libs/shared/src/platform/observability/otel-sdk\\.ts$', dynamic: false },
    },
    {
      name: 'one-qdrant-import',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '^apps/matcher/src/vectors/qdrant/' },
      to: { path: '@qdrant/' },
    },
    {
      name: 'one-onnxruntime-import',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '^libs/vision/src/inference/onnx-[^/]+\\.ts$' },
      to: { path: 'onnxruntime-node' },
    },
    {
      name: 'one-tensorflow-import',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: '^libs/vision/src/inference/tensorflow-[^/]+\\.ts$' },
      to: { path: '@tensorflow/' },
    },
    {
      name: 'tensorflow-is-optional',
      comment: 'Its packages may be missing: types only, the code is loaded by name at run time.',
      severity: 'error',
      from: { path: '^libs/vision/src/inference/tensorflow-[^/]+\\.ts$' },
      to: { path: '@tensorflow/', dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'node', 'default'],
    },
  },
};
