import { GalleryRebuild } from './gallery-rebuild.service.js';
import { GalleryCensus, GallerySpaces } from './gallery-spaces.js';
import { OtherSpaces } from './other-spaces.js';
import { PersonRebuilder } from './rebuild-person.js';
import { RebuildRepository } from './rebuild-repository.js';

export const galleryProviders = [
  GallerySpaces,
  OtherSpaces,
  GalleryCensus,
  RebuildRepository,
  PersonRebuilder,
  GalleryRebuild,
];
