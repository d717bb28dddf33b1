import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { readEmbeddingManifest } from '#models/packs/read-pack.js';
import { CONFIG } from '#shared/platform/tokens.js';
import { type MatcherConfig } from '../matcher.config.js';
import { MODEL_SPACE, type ModelSpace, VECTOR_STORE } from '../tokens.js';
import { createVectorStore } from './vector-store.factory.js';
import { type VectorStore } from './vector-store.port.js';

/** The model space that this matcher works in, and the vector store of that space. */
@Module({
  providers: [
    {
      provide: MODEL_SPACE,
      inject: [CONFIG],
      useFactory: ({ MODELS_DIR, MODEL_PACK }: MatcherConfig) =>
        readEmbeddingManifest(MODELS_DIR, MODEL_PACK),
    },
    {
      provide: VECTOR_STORE,
      inject: [CONFIG, MODEL_SPACE],
      useFactory: async (config: MatcherConfig, { space, dimension }: ModelSpace) => {
        const store = createVectorStore(config, space, dimension);
        await store.open();
        return store;
      },
    },
  ],
  exports: [MODEL_SPACE, VECTOR_STORE],
})
export class VectorsModule implements OnApplicationShutdown {
  constructor(@Inject(VECTOR_STORE) private readonly store: VectorStore) {}

  async onApplicationShutdown(): Promise<void> {
    await this.store.close();
  }
}
