import { readFile } from 'node:fs/promises';
import pMap from 'p-map';
import { type Box } from '#shared/contracts/image-ref.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { type FacePipeline } from '#vision/face-pipeline.js';
import { type LabelledPhotograph } from './photographs.js';
import { type LabelledFace } from './scored-pairs.js';

/** Number of photographs in progress. Enough to fill the batches of all threads. */
const CONCURRENCY = 32;

/** A photograph with the embedding of its main face. */
export interface EmbeddedPhotograph extends LabelledPhotograph {
  /** L2 norm 1; null when no face was found. */
  readonly embedding: Float32Array | null;
  /** Error code when the file could not be decoded; otherwise null. */
  readonly refused: string | null;
}

/** Progress of embedding many photographs. */
export interface EmbeddingProgress {
  readonly done: number;
  readonly total: number;
  readonly imagesPerSecond: number;
  readonly facesPerSecond: number;
  readonly secondsLeft: number;
}

/**
 * Embeds the main face of every photograph in the same way as the embedder.
 * @throws PipelineError INFERENCE_*; a file that cannot be decoded is reported in `refused` instead
 */
export async function embedPhotographs(
  pipeline: FacePipeline,
  photographs: readonly LabelledPhotograph[],
  onProgress?: (progress: EmbeddingProgress) => void,
): Promise<EmbeddedPhotograph[]> {
  const start = performance.now();
  const count = { done: 0, faces: 0 };
  const embedOne = async (photograph: LabelledPhotograph) => {
    const embedded = { ...photograph, ...(await embedMainFace(pipeline, photograph.file)) };
    count.done++;
    if (embedded.embedding) count.faces++;
    const seconds = (performance.now() - start) / 1000;
    onProgress?.({
      done: count.done,
      total: photographs.length,
      imagesPerSecond: count.done / seconds,
      facesPerSecond: count.faces / seconds,
      secondsLeft: (seconds / count.done) * (photographs.length - count.done),
    });
    return embedded;
  };
  return pMap(photographs, embedOne, { concurrency: CONCURRENCY });
}

async function embedMainFace(
  pipeline: FacePipeline,
  file: string,
): Promise<Pick<EmbeddedPhotograph, 'embedding' | 'refused'>> {
  try {
    const found = await pipeline.process(await readFile(file));
    return { embedding: mainFace(found.faces, found)?.embedding ?? null, refused: null };
  } catch (error) {
    if (!(error instanceof PipelineError) || error.class !== 'quarantine') throw error;
    return { embedding: null, refused: error.code };
  }
}

/**
 * The face that belongs to the label of a photograph with several faces: the one nearest to the centre;
 * of two equally near, the larger one (convention of Labeled Faces in the Wild).
 * @param picture size in pixels
 */
export function mainFace<Face extends { readonly box: Box }>(
  faces: readonly Face[],
  picture: { readonly width: number; readonly height: number },
): Face | null {
  const offCentre = ({ box: { x, y, width, height } }: Face) =>
    Math.hypot(x + (width - picture.width) / 2, y + (height - picture.height) / 2) - width / 2;
  return faces.toSorted((a, b) => offCentre(a) - offCentre(b))[0] ?? null;
}

/** Faces with people as numbers. */
interface LabelledFaces {
  /** In the order of the photographs. */
  readonly faces: readonly LabelledFace[];
  /** Names of the people, by number. */
  readonly people: readonly string[];
}

/** Numbers the people of photographs from 0. */
export function labelFaces(photographs: readonly EmbeddedPhotograph[]): LabelledFaces {
  const people = [...new Set(photographs.map(({ person }) => person))];
  const numbers = new Map(people.map((person, number) => [person, number]));
  const faces = photographs.map(({ person, embedding }) => {
    return { person: numbers.get(person)!, embedding };
  });
  return { faces, people };
}
