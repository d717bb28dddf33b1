import { frFeature } from './fr-feature.js';
import { type PackDefinition } from './pack-definition.js';
import { rfb320With68Landmarks } from './rfb320-68.js';

/** What a fresh machine runs with; chosen in docs/decisions/001-default-model-pack.md. */
export const defaultPacks: readonly PackDefinition[] = [rfb320With68Landmarks, frFeature];
