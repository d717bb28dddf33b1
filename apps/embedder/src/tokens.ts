export const EMBEDDER_CONFIG = Symbol('embedder config');
export const REDIS = Symbol('redis');
/** ContractProducer of the match-faces queue. */
export const MATCH_FACES = Symbol('match faces');
