export const INGEST_CONFIG = Symbol('ingest config');
export const REDIS = Symbol('redis');
/** ContractProducer of the embed-image queue. */
export const EMBED_IMAGES = Symbol('embed images');
/** ContractProducer of the match-faces queue; ingest only looks into it. */
export const MATCH_FACES = Symbol('match faces');
/** Model space that images are imported for. */
export const SPACE = Symbol('space');
