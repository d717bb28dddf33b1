/** Messages between the main thread and inference threads. */
import { type NetworkInput } from '#models/packs/manifest.js';
import { type Candidate } from '../detection/boxes.js';
import { type AffineMap } from '../imaging/geometry.js';
import {
  type AskedDevice,
  type EngineFacts,
  type HeldResources,
  type NetworkArtifact,
} from './engine.port.js';

export const NETWORK_ROLES = ['detect', 'landmarks', 'embed'] as const;
export type NetworkRole = (typeof NETWORK_ROLES)[number];

/** A network to load. */
export interface NetworkSetup {
  readonly role: NetworkRole;
  /** Name of the pack it belongs to. */
  readonly pack: string;
  readonly artifact: NetworkArtifact;
  readonly input: NetworkInput;
  readonly device: AskedDevice;
}

/** The runtime and device that actually run a network. */
export interface NetworkFacts extends EngineFacts {
  readonly role: NetworkRole;
  readonly pack: string;
}

/** Worker data of an inference thread. */
export interface ThreadSetup {
  readonly networks: readonly NetworkSetup[];
  /** The pixel arena, from which threads read pictures. */
  readonly memory: SharedArrayBuffer;
  readonly maxBatch: number;
  /** Number of threads that one run uses. */
  readonly intraOp: number;
  /** Minimum score of a detected face, 0 to 1. */
  readonly minScore: number;
  /** Maximum intersection over union of two faces, 0 to 1. */
  readonly maxOverlap: number;
}

/** A crop of a picture for a network. */
export interface NetworkItem {
  /** Position in the pixel arena (bytes) and size of the picture. */
  readonly offset: number;
  readonly width: number;
  readonly height: number;
  /** Maps input pixels to picture pixels. */
  readonly map: AffineMap;
  /** Size of the filled part of the input, from the top left, pixels. */
  readonly columns: number;
  readonly rows: number;
}

export interface EmbedOutput {
  /** L2 norm 1. */
  readonly embedding: Float32Array;
  /** Variance of the Laplacian of the aligned crop. */
  readonly sharpness: number;
}

/** Output of each network per item. */
export interface NetworkOutputs {
  /** Boxes in pixels of the input. */
  readonly detect: readonly Candidate[];
  /** x and y per point, as fractions of the input size. */
  readonly landmarks: Float32Array;
  readonly embed: EmbedOutput;
}

export type ThreadRequest =
  | { readonly kind: 'run'; readonly role: NetworkRole; readonly items: readonly NetworkItem[] }
  /** Runs one normalised input; the reply has all outputs unchanged. */
  | { readonly kind: 'probe'; readonly role: NetworkRole; readonly input: Float32Array }
  | { readonly kind: 'stop' };

export interface RunReply {
  readonly outputs: readonly NetworkOutputs[NetworkRole][];
  /** Milliseconds spent on preparing pixels, and in the network. */
  readonly prepareMs: number;
  readonly networkMs: number;
}
export type ProbeReply = ReadonlyMap<string, Float32Array>;

export type ThreadMessage =
  | {
      readonly kind: 'ready';
      readonly networks: readonly NetworkFacts[];
      readonly held: HeldResources;
    }
  /** This machine cannot run the networks with these settings; the thread ends. */
  | {
      readonly kind: 'unusable';
      readonly code: string;
      readonly message: string;
      readonly details: Readonly<Record<string, unknown>>;
    }
  | {
      readonly kind: 'reply';
      readonly reply: RunReply | ProbeReply;
      readonly held: HeldResources;
    }
  | { readonly kind: 'failed'; readonly message: string };
