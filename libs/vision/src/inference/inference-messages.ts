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

export interface NetworkSetup {
  readonly role: NetworkRole;
  /** Name of the pack it belongs to. */
  readonly pack: string;
  readonly artifact: NetworkArtifact;
  readonly input: NetworkInput;
  readonly device: AskedDevice;
}

/** What one network really runs on. */
export interface NetworkFacts extends EngineFacts {
  readonly role: NetworkRole;
  readonly pack: string;
}

/** What an inference thread is started with. */
export interface ThreadSetup {
  readonly networks: readonly NetworkSetup[];
  /** The pixel arena: jobs point into it. */
  readonly memory: SharedArrayBuffer;
  readonly maxBatch: number;
  /** Threads that one run spreads over. */
  readonly intraOp: number;
  readonly minScore: number;
  readonly maxOverlap: number;
}

/** A stretch of a picture for a network: where its pixels lie and how they get onto the input. */
export interface NetworkItem {
  readonly offset: number;
  readonly width: number;
  readonly height: number;
  /** Input pixels to picture pixels. */
  readonly map: AffineMap;
  /** Input pixels that are filled, from the top left. */
  readonly columns: number;
  readonly rows: number;
}

export interface EmbedOutput {
  /** Unit norm. */
  readonly embedding: Float32Array;
  /** Variance of the Laplacian of the aligned crop. */
  readonly sharpness: number;
}

/** What each network gives per item. */
export interface NetworkOutputs {
  /** Boxes in input pixels. */
  readonly detect: readonly Candidate[];
  /** x and y per point, shares of the input. */
  readonly landmarks: Float32Array;
  readonly embed: EmbedOutput;
}

export type ThreadRequest =
  | { readonly kind: 'run'; readonly role: NetworkRole; readonly items: readonly NetworkItem[] }
  /** One item, ready normalised; answers with all outputs as they are. */
  | { readonly kind: 'probe'; readonly role: NetworkRole; readonly input: Float32Array }
  | { readonly kind: 'stop' };

export interface RunReply {
  readonly outputs: readonly NetworkOutputs[NetworkRole][];
  /** Milliseconds spent on pixels, and in the network. */
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
  /** This machine cannot run the networks as asked; the thread ends. */
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
