/**
 * Reads Keras' .h5 files, which are HDF5. The file may be malicious, so links are rejected and sizes are
 * limited.
 */
import h5wasm, { Attribute, Group, type Entity, Dataset } from 'h5wasm';
import { kerasError, type FoundLayer, type FoundTensor } from './keras-weights.js';

/** Larger than any list of names in a Keras model with a few hundred layers. */
const MAX_ATTRIBUTE_BYTES = 1 << 20;

/** Deeper than any model of Keras. */
const MAX_DEPTH = 16;

/** Path in h5wasm's in-memory file system, which has no access to the machine. */
const PLACE = '/weights.h5';

/** Names of HDF5's type classes, by number. */
const TYPES = ['integer', 'float', 'time', 'text', 'bitfield', 'opaque', 'compound', 'reference'];
const FLOAT = TYPES.indexOf('float');

/**
 * A Keras .h5 file: weights with the layers at the root, or a full model with the layers under
 * `model_weights`. Every method may throw an Error of HDF5; h5wasm cannot be used after that.
 */
export class KerasFile {
  /** The part of the file that was read last, for messages. */
  place = 'its root';

  private constructor(
    private readonly tree: Hdf5Tree,
    private readonly file: Group,
    private readonly root: Group,
  ) {}

  /**
   * @param bytes the whole file; they must not be used afterwards
   * @throws PipelineError KERAS_FILE_UNSUPPORTED
   */
  static async open(bytes: Uint8Array): Promise<KerasFile> {
    const module = await h5wasm.ready;
    module.activate_throwing_error_handler();
    // The types lack the option that avoids a copy.
    const writeFile = module.FS.writeFile as (...args: unknown[]) => void;
    writeFile(PLACE, bytes, { canOwn: true });
    const file = new h5wasm.File(PLACE, 'r');
    const tree = new Hdf5Tree();
    const model = tree.at(file, 'model_weights');
    const root = model instanceof Group ? model : file;
    refuseKeras3(tree, root);
    return new KerasFile(tree, file, root);
  }

  /** The architecture of a full model as JSON; null when the file has none. */
  modelConfig(): string | null {
    return this.tree.texts(this.file, 'model_config')?.[0] ?? null;
  }

  /** The layers with weights, as declared. Does not read values. */
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

  /** Reads the values of a float32 tensor. Its declared shape must have been checked. */
  read(path: string): Float32Array {
    this.place = path;
    const { value } = new Dataset(this.file.file_id, path);
    if (!(value instanceof Float32Array)) throw new Error('it has no float32 values');
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

  /** Paths of tensors when no attribute lists them: in a sub-group with the name of the layer, or in the group itself. */
  private unlisted(group: Group, layer: string): readonly string[] {
    const inner = this.tree.at(group, layer);
    if (!(inner instanceof Group)) return this.tree.namesIn(group);
    return this.tree.namesIn(inner).map((name) => `${layer}/${name}`);
  }
}

/** Keras 3 numbers tensors and names layers by class, so that tensors cannot be identified by name. */
function refuseKeras3(tree: Hdf5Tree, root: Group): void {
  const names = tree.namesIn(root);
  if (!names.includes('layers') && !names.includes('_layer_checkpoint_dependencies')) return;
  if (tree.texts(root, 'layer_names')) return;
  throw kerasError(
    'KERAS_FILE_UNSUPPORTED',
    "this is a .weights.h5 file of Keras 3, which has no layer names; load it into its model in Keras and save the model in the older format: model.save('facenet.h5')",
  );
}

function describe(tensor: string, dataset: Dataset): FoundTensor {
  const { type, size, littleEndian, shape, virtual_sources } = dataset.metadata;
  const isFloat32 = type === FLOAT && size === 4 && littleEndian;
  let obstacle = null;
  if (virtual_sources) obstacle = 'is stored in another file';
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

/** Access to groups, datasets and text attributes of an untrusted file. */
class Hdf5Tree {
  private readonly names = new Map<string, readonly string[]>();

  /** Names of the members of a group. */
  namesIn(group: Group): readonly string[] {
    const names = this.names.get(group.path) ?? group.keys();
    this.names.set(group.path, names);
    return names;
  }

  /**
   * The member of a group at a path. Only hard links are followed; Keras never writes soft links or links
   * to other files.
   * @returns null when it does not exist
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
   * Reads an attribute that is a text or a list of texts.
   * @returns null when it does not exist or has another type
   * @throws PipelineError KERAS_FILE_INVALID when it is longer than any attribute that Keras writes
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
    // Typed as never null, but null for other kinds of links.
    const soft = group.get_link(path) as string | null;
    const external = group.get_external_link(path) as { filename?: string };
    if (soft === null && external.filename === undefined) return group.get(name);
    throw kerasError('KERAS_FILE_INVALID', `${path} is a link, which Keras never writes`, { path });
  }
}
