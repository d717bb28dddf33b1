import h5wasm, { Attribute, Group, type Entity, Dataset } from 'h5wasm';
import { kerasError, type FoundLayer, type FoundTensor } from './keras-weights.js';

/** Larger than any list of names in a Keras model of a few hundred layers. */
const MAX_ATTRIBUTE_BYTES = 1 << 20;

/** Deeper than Keras nests models. */
const MAX_DEPTH = 16;

/** Where the file lies in h5wasm's own memory, from where nothing else of the machine can be seen. */
const PLACE = '/weights.h5';

/** HDF5's classes of types, as far as a message can name them. */
const TYPES = ['integer', 'float', 'time', 'text', 'bitfield', 'opaque', 'compound', 'reference'];
const FLOAT = TYPES.indexOf('float');

/**
 * A Keras .h5 file: weights with the layers at the root, or a full model with the same tree under
 * `model_weights`. Any method may throw an Error of HDF5's own; the module is of no use after that.
 */
export class KerasFile {
  /** What it was last at, for a message. */
  place = 'its root';

  private constructor(
    private readonly tree: Hdf5Tree,
    private readonly file: Group,
    private readonly root: Group,
  ) {}

  /**
   * @param bytes the whole file; the reader keeps them
   * @throws PipelineError KERAS_FILE_UNSUPPORTED
   */
  static async open(bytes: Uint8Array): Promise<KerasFile> {
    const module = await h5wasm.ready;
    module.activate_throwing_error_handler();
    // Typed without the option that spares a copy.
    const writeFile = module.FS.writeFile as (...args: unknown[]) => void;
    writeFile(PLACE, bytes, { canOwn: true });
    const file = new h5wasm.File(PLACE, 'r');
    const tree = new Hdf5Tree();
    const model = tree.at(file, 'model_weights');
    const root = model instanceof Group ? model : file;
    refuseKeras3(tree, root);
    return new KerasFile(tree, file, root);
  }

  /** The architecture that a full-model file carries, as JSON; null when it carries none. */
  modelConfig(): string | null {
    return this.tree.texts(this.file, 'model_config')?.[0] ?? null;
  }

  /** The layers that have weights, as declared: no values are read. */
  layers(): FoundLayer[] {
    const names = this.tree.texts(this.root, 'layer_names') ?? this.tree.namesIn(this.root);
    return [...new Set(names)].flatMap((layer) => {
      this.place = `layer ${layer}`;
      const group = this.tree.at(this.root, layer);
      if (!(group instanceof Group)) return [];
      const tensors = this.tensorsOf(group, layer);
      return tensors.length > 0 ? [{ layer, tensors }] : [];
    });
  }

  /** Values of a float32 tensor whose declared shape was checked. */
  read(path: string): Float32Array {
    this.place = path;
    const { value } = new Dataset(this.file.file_id, path);
    if (!(value instanceof Float32Array)) throw new Error('there are no values');
    return value;
  }

  private tensorsOf(group: Group, layer: string): FoundTensor[] {
    const paths = this.tree.texts(group, 'weight_names') ?? this.unlisted(group, layer);
    return paths.flatMap((path) => {
      const dataset = this.tree.at(group, path);
      if (!(dataset instanceof Dataset)) return [];
      const tensor = path.slice(path.lastIndexOf('/') + 1).replace(/:0$/, '');
      return [describe(tensor, dataset)];
    });
  }

  /** Where tensors lie when no attribute says it: in a group of the layer's name, or in the layer's own. */
  private unlisted(group: Group, layer: string): readonly string[] {
    const inner = this.tree.at(group, layer);
    if (!(inner instanceof Group)) return this.tree.namesIn(group);
    return this.tree.namesIn(inner).map((name) => `${layer}/${name}`);
  }
}

/** Keras 3 numbers tensors and names layers by their class, so that they cannot be told by name. */
function refuseKeras3(tree: Hdf5Tree, root: Group): void {
  const names = tree.namesIn(root);
  if (!names.includes('layers') && !names.includes('_layer_checkpoint_dependencies')) return;
  if (tree.texts(root, 'layer_names')) return;
  throw kerasError(
    'KERAS_FILE_UNSUPPORTED',
    "this is a .weights.h5 of Keras 3, which does not keep the layers' names; load it into its model in Keras and save that in the older form: model.save('facenet.h5')",
  );
}

function describe(tensor: string, dataset: Dataset): FoundTensor {
  const { type, size, littleEndian, shape, virtual_sources } = dataset.metadata;
  const isFloat32 = type === FLOAT && size === 4 && littleEndian;
  let obstacle = null;
  if (virtual_sources) obstacle = 'lies in another file';
  else if (dataset.filters.length > 0) {
    obstacle = 'is compressed; unpack the file with: h5repack -f NONE';
  }
  return {
    tensor,
    path: dataset.path,
    shape,
    obstacle,
    type: isFloat32 ? 'float32' : `${TYPES[type] ?? 'unknown'} (${size} bytes)`,
  };
}

/** Groups, datasets and text attributes of a file that is not trusted. */
class Hdf5Tree {
  private readonly names = new Map<string, readonly string[]>();

  /** Of what lies in a group. */
  namesIn(group: Group): readonly string[] {
    const names = this.names.get(group.path) ?? group.keys();
    this.names.set(group.path, names);
    return names;
  }

  /**
   * What lies at `path` below a group, by hard links alone: soft ones and links into other files are
   * nothing that Keras writes.
   * @returns null when there is nothing
   * @throws PipelineError KERAS_FILE_INVALID on a link
   */
  at(group: Group, path: string): Entity | null {
    const parts = path.split('/');
    if (parts.length > MAX_DEPTH) return null;
    let entity: Entity | null = group;
    for (const part of parts) {
      entity = entity instanceof Group ? this.child(entity, part) : null;
    }
    return entity;
  }

  /**
   * An attribute that is text or a list of texts.
   * @returns null when there is none of the name, or it is something else
   * @throws PipelineError KERAS_FILE_INVALID when it is longer than any that Keras writes
   */
  texts(group: Group, name: string): readonly string[] | null {
    if (!Object.keys(group.attrs).includes(name)) return null;
    const attribute = new Attribute(group.file_id, group.path, name);
    const { size, total_size: count } = attribute.metadata;
    if (size * count > MAX_ATTRIBUTE_BYTES) {
      const path = `${group.path}@${name}`;
      throw kerasError('KERAS_FILE_INVALID', `the attribute ${path} is too long`, { path });
    }
    const { value } = attribute;
    if (typeof value === 'string') return [value];
    return Array.isArray(value) && value.every((text) => typeof text === 'string') ? value : null;
  }

  private child(group: Group, name: string): Entity | null {
    if (!this.namesIn(group).includes(name)) return null;
    const path = group.path === '/' ? `/${name}` : `${group.path}/${name}`;
    // Typed as always there; null unless the link is of the kind.
    const soft = group.get_link(path) as string | null;
    const external = group.get_external_link(path) as { filename?: string };
    if (soft === null && external.filename === undefined) return group.get(name);
    throw kerasError('KERAS_FILE_INVALID', `${path} is a link, which Keras never writes`, { path });
  }
}
