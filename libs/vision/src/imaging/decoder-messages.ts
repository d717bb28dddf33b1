/** Messages between the service and a decoder process. */
import { type DecodedFormat } from './inspect-image.js';
import { type Size } from './geometry.js';
import { type PictureHeader } from './sharp-codec.js';

export type DecodeRequest =
  | { readonly kind: 'header'; readonly bytes: Uint8Array; readonly format: DecodedFormat }
  /** Pixels of the file whose header was read last. */
  | { readonly kind: 'pixels'; readonly size: Size; readonly isStrict: boolean };

export type DecodeReply =
  | { readonly kind: 'header'; readonly header: PictureHeader }
  /** `retire`: the process has become too large to be kept. */
  | { readonly kind: 'pixels'; readonly pixels: Uint8Array; readonly retire: boolean }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };
