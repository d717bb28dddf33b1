import { NetworkBuilder, INPUT, type Network } from '#models/facenet/network.js';

/** A network with a few hundred weights, every kind of layer of FaceNet, and odd input sizes. */
export function tinyFacenet(dimension: number): Network {
  const net = new NetworkBuilder([23, 17, 3]);
  let x = net.conv(INPUT, 'Conv2d_1a_3x3', 4, { stride: 2 });
  x = net.conv(x, 'Conv2d_2a_3x3', 5);
  const wide = net.conv(x, 'Block_Branch_0_1x7', 3);
  const tall = net.conv(net.conv(x, 'Block_Branch_1a_1x1', 2), 'Block_Branch_1b_7x1', 3);
  const mixed = net.concat([wide, tall], 'Block_Concatenate');
  const up = net.conv(mixed, 'Block_Conv2d_1x1', 5, { normalised: false });
  x = net.residual(x, up, 'Block', { scale: 0.17, relu: true });
  const last = net.conv(x, 'Last_Conv2d_1x1', 5, { normalised: false });
  x = net.residual(x, last, 'Last', { scale: 1, relu: false });
  x = net.concat(
    [net.conv(x, 'Mixed_3x3', 4, { stride: 2 }), net.maxPool(x, 'Mixed_Pool')],
    'Mixed',
  );
  x = net.mean(x, 'AvgPool');
  net.dense(x, 'Bottleneck', dimension);
  return net.build();
}
