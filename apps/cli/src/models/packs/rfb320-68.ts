import { faceplugin } from './faceplugin-package.js';
import { type PackDefinition } from './pack-definition.js';

/** 506 of the 17,680 box corners of the network as published, through ONNX Runtime 1.30 on CPU. */
const BOXES =
  'BqZpO+Yd1z0PL0U+1g6hvIafcz7IKH89uW3vPngF9rsYVQ8/XQbMPNhgPj9wq0I7oxZhPzU7vj0AW3Y9gAyWOj5t1j0co7U95JqwPk7YkDwLit0+Eyt+PQODHj+C+i09wE9BP8LR9D0FenE/2MvPu8COqroUlOk9FfpaPrtfTj1ivJs+trG5PQxz/D7DApE9yPUgPwp9DT74BE4/5PbTPIIaWj86QO49nMS6Pfrdtz1KKEE+VhT+PZanvD53td892j4BP/HvJD4xrC0/3NuRPfzCPz/YkhA+P1F2P5jayD29pWI9DIUkPniQdz79xAw+tWfCPvd5UT5cGA0/mtXRPf7qHz8Zrzg+cb1VP5sI9D12ynE/jKpGPkuv+T3LJTU+FPaBPgIucT6KIt0+9QQTPgL7/z7wfl0+ijg3P7FoIj7iL1E/5iBNPsOzfz+XDE4+FQIBPi+bmD6Oc5g+4+UpPmszwj69+YM+O94UPwMhPz6zXzA/HntsPmHKXj+VyEk+gv42O56npD7fiEE+OmdJPkSafj4mu5E+gq3uPj+HYD5DxBA/3BSHPnUdPj+yfnM+X3tgP5kCoD5uZE493/ZwPhJX5z3XOqI+auirPlcYfj6LjN0+mnuUPvgYHj+jlog+fqFAP3WPsj5NPW0/nxVkPiAznbqLP7Q+n+BdPmRwlD61NJw++H+qPkSG/T7oCp8+U1YgPw6Awz7qu04/54SLPjlxWj9O6Lo+Qsq2PaLKoD4360E+k7q2PqXbvT6/zas+0JMAP4uNzD6V9i0/6hWSPheaPz+K3cA+4N92PzVcpz4CXFQ9TWbKPky9eT6aIb8+CnPBPuAb2z4v4A4/hvGoPt2UHT9Ozs8+kmRXPxXosz4LuHA/gIHZPhpm+T01OM8+fbyBPkHS6z4azds+ALvBPjRrAD/0PuM+M7g2P2F2xz5IbVA/oE7ZPoyufz8cZ+I+YXwBPjo3BT/b85g+Dh7NPlLXwD5WFfg+xT8VP7231z6d4S8/2NLuPjjyXj9AxeE+UhYLOwJXDT/vI0A+0+bfPqt+gD4AUgU/J3HuPujA6T5tVBE/l3EAP7NfPj9bjfA+ECBhP73GCz+2jlM9msnuPlVr7T0UEQ0/2QeqPuJl9T5fh90+4osHPypTHj8EdP4+U5dAPyZwFj+n3Gw/OJPqPsCrQLrQORU/+nhbPp8ABT8nkJ0+qSgPP52V/D5J6gg/7v8fPzetHT++8E0/NMgAPz4JXT+9Who/Hq26PTr6DT+Ynz4+Pk4ZP1V+vT65JBQ/YZwAP+MDJz9tqC4/h1oGP/rAPT8RBiA/bWx2PxVNDz9/Z089jbMfP0s4ej7sBxs/ZafBPowAKT9zlw8/pQEPP3+VGz9SOyM/RaVYPwbmFD97jnA/IpsoP1Aq9j1oBSQ/MNuBPpLvMD9SM98+utgYP+xE/j5X5iw/0EU3P9pgHj948U8//E4oP7yIfz/1eyw/ZDQEPjCgPT/OwJo+qQMjP55dvj6gAzY/Fl0WP6A2Jz+aCy8/NOcvPyRVXj9poyw/qM6YOwp9RT8vHUE+Ok8sP24CfT6ZoEA/EFDuPiLjMD8BzxA/zRk8P1lEPj9KZDU/FYBhP9IPRz/uKlQ99HI1P7Cf8D2+70k/D9CqPqVlOD87Zd0+rBdDP/HkHj/DEzw/QBZBPx7dUT9YZGw/5zs2P4DzTTrOKVE/Ij5aPpAcQT8y26A+EgtLP4xU/D60IEU/hgYgPyJsWz+TsU0/tVY6PzumYD/gMlQ/JA+3PSDxRz+8VDs+PbBTP2mxvT4pK00/ZS0AP8IcYz+gyy4/no9BP5OiPD8hX1s/4Il2P4aVTj9Ojl49tp5eP7WwfT5131Y/+R3APqDKaD+5dQ4/QipNP2C+HD/QrmM/wS1ZP00tUj9yMnE/UuZkPw+Y/D3fWV0/mHuAPsDRbT9SS98+SvJRP0q8/T4yw2k/YaE3PxBmVz8Ca04/qt1kP/3pfz9Fq2g/ZZ4BPqVXdT99f6A+92JgP53JvD7nJHI/i+gYP2Z1Yz8xwy4/tDBtP408Xz/ODmg/0o+MO7mhfT8DUzc+EBJtP6xqcD79anw/eivwPipsbj88lAw/sn94P7OPPz8SEHI/7NRfPz6Vfz/WXUw9So9wPzz45D06+n4/9aKsPtVIcz/f89g+6RR9PxLmHj8d/HY/6c4/P5jNgD8yLWw/VvlwPyTaUz1edfw9f5sgP723aL38yXC843MqPmlt/j5ISBE9iw5KP0Mlgz5v1b8+AGl5PcsAOT+lcXY+zXJ3PiItKj5NBgk/AP2oPljVAz4y8zE+NV7zPkfUuT6qD4A/owyaPhOmmj4CheY+gFhjPzL/qD55nGY+tfL8PmCKQD+4y7A+3M9SPa4fGj+pASM/xITNPsiMirww2iE/12H/Pn01/z4FIEo/LXE5P915xT7XaAg/aTE6PwY2ND8djoE+3uUkP4+FCj/ioUo/J2sTPjrCJT8c6PA+QG9SP/Dufj9TjEY//FOKPoklcT9hVWQ/KERMP7ZNVj5s7XE/IDFDP2kmTz/q5R89fVCFP3PzIj+YEls/vEEmvaKIWT5QK3s/TEpePf4g+T5ArRI/1nxLP7jtLT6cYM8+RZUUPzAIFT/ykLs+WH+HPVpKXD9X45o+jV0UPwBDBr0QTIY/wGd8P0yMAD0gzMK7uMlCP/L5BD82cTk+AJjkOU5Xkj8=';

/** Likewise, all 136 landmark coordinates. */
const LANDMARKS =
  'RjklPgptwT4KACQ+7Wn4PkS5GT7fTRU/enIcPhKzLj9GOEg+1e5CPx9BhD52l1I/7typPrOfYj/Q1s8+1w9wP+UtBT8Bf3M/vKciPzFUbj8sIDU/OA5eP97QSj/YhEw/bShfPyJXPD/EAWw/l8IkPySzbj8t+gg/YVtsP3oB3j44Nm4/xpypPoYhbT6isLw+glWJPjhDmD5/Nqs+ZTiBPsHk0D6zXm0+uZv5Pn68aj4ggCc/DiZzPsS9Oz8zkXA+csBMPzCwdz6UPlw/RM2RPmQAYz8eV7U+uX4RP+f30T6sBBA/EUXiPrl/Dz+Dx/g+6WsPP2uzBT+ssdQ+YE0ZPzNN9T75TRU/rt0MP6PsFD9baR8/qwsUP0J2Lj+aJRg/CCbJPnRV0j6iBOI+m7DMPiOb9D4qocQ+DsP+PnH7xj5UDu8+L9bIPvoP3j6Rk80+gZYiP7T9wz6ILi8/rEvBPhAYOT/cvMk+cEQ9Pxie0T4ztTM/Vw7NPhW3Kz+Sz8Q+anmgPvTwMz8Oy84+1609Px039j4CyEE/dz8LP1TkRD+elxo/mH9AP9WvKT96gjs/q6U8P9dyLz+Rnis/GkBAPzkTHT8+L0c/YwQKP1uCSz8sPe4+gNlIPxy5yT5lVUQ/jzKiPhU2Nz/l6/I+kORBP82TCT9yAUU/AlkZPwY7QT9x4jk/nYMzP78yGj8IkUU/LCcKP6qKST8WBfU+zIBHPw==';

/**
 * Ultra-Light face detector RFB-320 (github.com/Linzaer/Ultra-Light-Fast-Generic-Face-Detector-1MB):
 * 4,420 candidates, `scores` [n, 4420, 2] (background, face) and `boxes` [n, 4420, 4] (left, top,
 * right, bottom as shares of the image), overlaps still in. With it a network of 68 landmarks,
 * `output` [n, 136] x and y in turn as shares of the square crop it is given.
 */
export const rfb320With68Landmarks: PackDefinition = {
  tarball: faceplugin.tarball,
  licence: faceplugin.licence,
  originals: {
    'detect.onnx': 'package/model/fr_detect.onnx',
    'landmarks.onnx': 'package/model/fr_landmark.onnx',
  },
  manifest: {
    schema: 2,
    name: 'rfb320-68',
    version: '1',
    task: 'detection',
    description: 'Ultra-Light RFB-320 face detector with 68 landmarks',
    source:
      'npm package faceplugin-face-recognition-js@0.0.1, model/fr_detect.onnx and model/fr_landmark.onnx, batch axis made dynamic',
    licence: faceplugin.licenceNote,
    artifacts: [
      {
        file: 'detect.onnx',
        role: 'detect',
        format: 'onnx',
        precision: 'float32',
        sha256: 'ae818a6e3fcc4300be8f343bfc24cf0c4a9fb14f2d095e86894cca36bae4c3ed',
      },
      {
        file: 'landmarks.onnx',
        role: 'landmarks',
        format: 'onnx',
        precision: 'float32',
        sha256: 'ac99c565a4ecd81daf7cc7861b61e500c69d085bd574f47b80df0aea849539f8',
      },
    ],
    detect: { width: 320, height: 240, channels: 'rgb', layout: 'nchw', mean: 127, std: 128 },
    landmarks: { width: 64, height: 64, channels: 'grey', layout: 'nchw', mean: 0, std: 256 },
    minScore: 0.65,
    maxOverlap: 0.4,
    knownAnswers: [
      // A network that sees nothing still reaches 0.9995 here: most of a box is its place in the grid.
      { role: 'detect', outputName: 'boxes', every: 35, output: BOXES, minCosine: 0.9999 },
      { role: 'landmarks', outputName: 'output', every: 1, output: LANDMARKS, minCosine: 0.9999 },
    ],
  },
};
