/** Settings of the running service, as its schema parsed them. */
export const CONFIG = Symbol('settings');
/** The service's connection to Redis. */
export const REDIS = Symbol('redis');
/** The object store named `uploads`: snapshots, query images and enrolment photographs. */
export const UPLOADS = Symbol('uploads store');
