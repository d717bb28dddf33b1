export const MATCHER_CONFIG = Symbol('matcher config');
export const REDIS = Symbol('redis');
export const VECTOR_STORE = Symbol('vector store');
export const UPLOADS = Symbol('uploads store');
/** ContractProducer of the embed-image queue. */
export const EMBED_IMAGES = Symbol('embed images');
