import { INPUT, type ConvLayer, type Layer, type Network } from './network.js';

/** Collects layers and keeps count of channels. Each method returns the name of its layer's output. */
export class NetworkBuilder {
  private readonly layers: Layer[] = [];
  private readonly channels = new Map<string, number>();

  constructor(private readonly input: Network['input']) {
    this.channels.set(INPUT, input[2]);
  }

  /** The kernel's height and width are the end of the name: `…_1x7`. */
  conv(
    input: string,
    name: string,
    filters: number,
    options: Partial<Pick<ConvLayer, 'stride' | 'padding' | 'normalised'>> = {},
  ): string {
    const [height, width] = name.slice(name.lastIndexOf('_') + 1).split('x');
    const depth = this.channelsOf(input);
    return this.add(filters, {
      kind: 'conv',
      name,
      input,
      shape: [Number(height), Number(width), depth, filters],
      stride: options.stride ?? 1,
      padding: options.padding ?? (options.stride === 2 ? 'valid' : 'same'),
      normalised: options.normalised ?? true,
    });
  }

  maxPool(input: string, name: string): string {
    return this.add(this.channelsOf(input), { kind: 'max-pool', name, input });
  }

  concat(inputs: readonly string[], name: string): string {
    const total = inputs.reduce((sum, input) => sum + this.channelsOf(input), 0);
    return this.add(total, { kind: 'concat', name, inputs });
  }

  residual(
    input: string,
    branch: string,
    name: string,
    options: { readonly scale: number; readonly relu: boolean },
  ): string {
    return this.add(this.channelsOf(input), { kind: 'residual', name, input, branch, ...options });
  }

  mean(input: string, name: string): string {
    return this.add(this.channelsOf(input), { kind: 'mean', name, input });
  }

  dense(input: string, name: string, units: number): string {
    return this.add(units, { kind: 'dense', name, input, shape: [this.channelsOf(input), units] });
  }

  channelsOf(name: string): number {
    const channels = this.channels.get(name);
    if (channels === undefined) throw new Error(`there is no layer ${name} yet`);
    return channels;
  }

  build(): Network {
    const dimension = this.channelsOf(this.layers.at(-1)!.name);
    return { input: this.input, dimension, layers: this.layers };
  }

  private add(channels: number, layer: Layer): string {
    this.layers.push(layer);
    this.channels.set(layer.name, channels);
    return layer.name;
  }
}
