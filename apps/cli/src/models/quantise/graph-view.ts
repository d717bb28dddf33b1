import { type GraphNode, type GraphTensor, type OnnxGraph } from '../onnx/onnx-graph.js';

/** Who makes and who takes each value of a graph. */
export class GraphView {
  private readonly producers = new Map<string, GraphNode>();
  private readonly takers = new Map<string, GraphNode[]>();
  private readonly constants: ReadonlyMap<string, GraphTensor>;
  /** Values that are given to the network. */
  readonly inputs: readonly string[];
  private readonly outputs: ReadonlySet<string>;

  constructor(readonly graph: OnnxGraph) {
    this.constants = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
    // Before IR version 4 constants were inputs too.
    this.inputs = graph.input.map(({ name }) => name).filter((name) => !this.constants.has(name));
    this.outputs = new Set(graph.output.map(({ name }) => name));
    for (const node of graph.node) {
      for (const name of node.output) this.producers.set(name, node);
      for (const name of node.input) {
        this.takers.set(name, [...(this.takers.get(name) ?? []), node]);
      }
    }
  }

  producer(value: string): GraphNode | undefined {
    return this.producers.get(value);
  }

  consumers(value: string): readonly GraphNode[] {
    return this.takers.get(value) ?? [];
  }

  constant(value: string): GraphTensor | undefined {
    return this.constants.get(value);
  }

  isOutput(value: string): boolean {
    return this.outputs.has(value);
  }
}
