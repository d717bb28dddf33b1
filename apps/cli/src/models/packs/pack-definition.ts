import { type Manifest } from '#shared/models/manifest.js';
import { type PinnedTarball } from '../../npm/fetch-npm-files.js';

/** A pack this version of Sightline knows how to install. */
export interface PackDefinition {
  /** Written next to the artifacts; its sha256 are of the files as installed. */
  readonly manifest: Manifest;
  readonly tarball: PinnedTarball;
  /** Artifact file → path in the tarball of the network it is made from. */
  readonly originals: Readonly<Record<string, string>>;
  /** Path in the tarball of the licence that goes with the files. */
  readonly licence: string;
}
