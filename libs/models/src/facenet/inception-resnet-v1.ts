import { NetworkBuilder, INPUT, type Network } from './network.js';

type Branch = readonly (readonly [name: string, filters: number])[];

const BLOCK_35: readonly Branch[] = [
  [['Conv2d_1x1', 32]],
  [
    ['Conv2d_0a_1x1', 32],
    ['Conv2d_0b_3x3', 32],
  ],
  [
    ['Conv2d_0a_1x1', 32],
    ['Conv2d_0b_3x3', 32],
    ['Conv2d_0c_3x3', 32],
  ],
];

const BLOCK_17: readonly Branch[] = [
  [['Conv2d_1x1', 128]],
  [
    ['Conv2d_0a_1x1', 128],
    ['Conv2d_0b_1x7', 128],
    ['Conv2d_0c_7x1', 128],
  ],
];

const BLOCK_8: readonly Branch[] = [
  [['Conv2d_1x1', 192]],
  [
    ['Conv2d_0a_1x1', 192],
    ['Conv2d_0b_1x3', 192],
    ['Conv2d_0c_3x1', 192],
  ],
];

/** The last convolution of each branch has stride 2. A pooling branch follows them. */
const MIXED_6A: readonly Branch[] = [
  [['Conv2d_1a_3x3', 384]],
  [
    ['Conv2d_0a_1x1', 192],
    ['Conv2d_0b_3x3', 192],
    ['Conv2d_1a_3x3', 256],
  ],
];

const MIXED_7A: readonly Branch[] = [
  [
    ['Conv2d_0a_1x1', 256],
    ['Conv2d_1a_3x3', 384],
  ],
  [
    ['Conv2d_0a_1x1', 256],
    ['Conv2d_1a_3x3', 256],
  ],
  [
    ['Conv2d_0a_1x1', 256],
    ['Conv2d_0b_3x3', 256],
    ['Conv2d_1a_3x3', 256],
  ],
];

/**
 * The network of FaceNet, [n, 160, 160, 3] → [n, dimension], output not normalised: Szegedy et al.,
 * Inception-v4, Inception-ResNet and the Impact of Residual Connections on Learning, 2016. Structure and
 * names as in github.com/davidsandberg/facenet, inception_resnet_v1.py.
 */
export function inceptionResnetV1(dimension: number): Network {
  const net = new NetworkBuilder([160, 160, 3]);
  let x = net.conv(INPUT, 'Conv2d_1a_3x3', 32, { stride: 2 });
  x = net.conv(x, 'Conv2d_2a_3x3', 32, { padding: 'valid' });
  x = net.conv(x, 'Conv2d_2b_3x3', 64);
  x = net.maxPool(x, 'MaxPool_3a_3x3');
  x = net.conv(x, 'Conv2d_3b_1x1', 80, { padding: 'valid' });
  x = net.conv(x, 'Conv2d_4a_3x3', 192, { padding: 'valid' });
  x = net.conv(x, 'Conv2d_4b_3x3', 256, { stride: 2 });
  for (let i = 1; i <= 5; i++) x = residualBlock(net, x, `Block35_${i}`, BLOCK_35, 0.17);
  x = reduction(net, x, 'Mixed_6a', MIXED_6A);
  for (let i = 1; i <= 10; i++) x = residualBlock(net, x, `Block17_${i}`, BLOCK_17, 0.1);
  x = reduction(net, x, 'Mixed_7a', MIXED_7A);
  for (let i = 1; i <= 5; i++) x = residualBlock(net, x, `Block8_${i}`, BLOCK_8, 0.2);
  x = residualBlock(net, x, 'Block8_6', BLOCK_8, 1, { relu: false });
  x = net.mean(x, 'AvgPool');
  net.dense(x, 'Bottleneck', dimension);
  return net.build();
}

function residualBlock(
  net: NetworkBuilder,
  x: string,
  block: string,
  branches: readonly Branch[],
  scale: number,
  { relu } = { relu: true },
): string {
  const ends = branches.map((branch, index) =>
    branch.reduce(
      (end, [name, filters]) => net.conv(end, `${block}_Branch_${index}_${name}`, filters),
      x,
    ),
  );
  const mixed = net.concat(ends, `${block}_Concatenate`);
  const up = net.conv(mixed, `${block}_Conv2d_1x1`, net.channelsOf(x), { normalised: false });
  return net.residual(x, up, block, { scale, relu });
}

/** Halves height and width. */
function reduction(
  net: NetworkBuilder,
  x: string,
  block: string,
  branches: readonly Branch[],
): string {
  const ends = branches.map((branch, index) =>
    branch.reduce((end, [name, filters], place) => {
      const stride = place === branch.length - 1 ? 2 : 1;
      return net.conv(end, `${block}_Branch_${index}_${name}`, filters, { stride });
    }, x),
  );
  const pool = net.maxPool(x, `${block}_Branch_${branches.length}_MaxPool_1a_3x3`);
  return net.concat([...ends, pool], block);
}
