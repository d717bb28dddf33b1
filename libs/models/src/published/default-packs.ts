/** The default packs: where their networks are published, and the manifests that they get. */
import { arcface112 } from '../packs/alignment.js';
import { type Calibration, type Manifest } from '../packs/manifest.js';
import { type PinnedTarball } from '../sources/npm-files.js';

/** The npm package of both default packs. */
export const faceplugin = {
  tarball: {
    name: 'faceplugin-face-recognition-js',
    version: '0.0.1',
    sha256: '7ea06031d9a3f83753254fcff60506a07b81b46fc84d4ee024cd041f260ec1ba',
  },
  licence: 'package/LICENSE',
  licenceNote:
    'MIT, as the package states (LICENSE: "MIT License, Copyright (c) 2021 gitguanqi"; package.json: "MIT"). It does not say which photographs the weights were trained on or what terms those came under.',
};

/** Result of `models calibrate` on Labeled Faces in the Wild, cosine similarity without normalisation. */
export function lfwCalibration(alignment: string, points: Calibration['points']): Calibration {
  return {
    detector: 'rfb320-68',
    alignment,
    metric: 'cosine',
    cohort: null,
    data: 'all pairs among 731 photographs of 300 people of Labeled Faces in the Wild',
    images: 731,
    people: 300,
    genuinePairs: 1_004,
    impostorPairs: 265_811,
    points,
    groups: [],
  };
}

/** A pack that this version of Sightline can install. */
export interface PackDefinition {
  /** Stored next to the artifacts. Its sha256 values are those of the installed files. */
  readonly manifest: Manifest;
  readonly tarball: PinnedTarball;
  /** Artifact file → path in the tarball of the network from which it is made. */
  readonly originals: Readonly<Record<string, string>>;
  /** Path of the licence in the tarball. */
  readonly licence: string;
}

/** Known answer of the published network, ONNX Runtime 1.30 on a CPU. */
const EMBEDDING =
  'iVv4vOfMdz2GKYs94kcUvIMTh71cyaS8UsEfvB+3Ir3l+pS8lX5IvQHPaTy04pG6hQgyvKNbezwAywu9I05TvaCPlD3Z9ES9QTvePZk+1byGvEo9BvYVveqcnzxjE2m9UtwSPYcE0Ll8BWE9B/SKvYiGpbxhoMw7XsJcvKHXsDyD3xg99a8FPWOXMz2Xo0s92VCivSYFJL2JE6A8unhGu7xSI70ZPT28hGoPvWtVBDubpUQ90qmovEJbsTkPcRE8XN4CvUItq7t8PsG8qjhzPPIpurxclfI7Xa3BPMOi3bz9LGY8VlUwvZbsEzw9dhc9nKM9vUqDBD30YEU85LolvZFJpbw/So29wB5sPfmDd73HcYs76LwEvQXjury+GKi9+bsxPPFfE73DnAo9/MzOPNbhwLtCRos91+OePLptKbxb4M28Ga8cPagDojvxFSu88DEEPPZ/ZTzgoy08pIJXvBpZLb1Kozm9cJsgvLaLmbwaZwI9C1yKvNy/Z72lPxi8pjX2PCX9fDz9Z129f+l+vZZLMr3EQ5Q9wQK5vKQu/bzaXHk7HMVePYlHSD0DT5E9MG9fvWRGJ70UW3e8H/savVoEvr07+1c9aFNmPd8TlrwOTbc8nIR+vBnAWr2/P7g8kqZOPTWp3zwwP+g8BuOvPO8IpT2iyh08yBD/OkuvxbzA0KG8QhIlvWxeZD0kEpq8S4qTO3ZSnb03ygk7G30EvYVfID3t+Ho8cpW1vXf/ED21SZY870IbvBz7oj0hqIu9JrqQPdWMTD3vym88qiLkOzqs7jw5icS7LnHguhWy5bzmDAs9r47xvLKrGr3ymue8Jo00PbT7O7wPtoK9+HMePKtxc7wUg4I9tr/AvcAV9bz4Zew8n7oKvUc/3To5HoY9XnIBPGLfJjx7AdQ71mrJvGqLlr1alz27H+3ovFFrer3C+hE9HGeCPB0lOL1ra1m8/9QNvIA9dD2tOVE9+MMLvNTcjrycnf681xCcPAZcLD2Wz5698STIPInaDT31III8D8nAPUuq2DxFBEC85GxIPUHWLj2ErGy9C25VvKlen71dOxI9R2m7OUVpWz1nMMg9xIFavcVmAjzvPd08gDehPDxm5r3D1PM8IsC6PDZ0kD0RLEG8gi+XPBdiiTyYFz496WvuPBepjzyLle87ThbTvJofuLs7MD09OifcPIE8rLyvkKk8rjHHPACpUr1NSKA8O9BHOsBzkjw1X5c8CiphPQLXxjwr3IQ9uztUvS/PBDyEQ8e9MqCuO+J2Mjs539u9mcPhvIxe5bzIB929VGbbvcF6Bz2G0AI8JsAQvSqep7z1RrQ69JyEvIKaoTznjTy9eu5pPWeiIT3ioky79T9EvFIDert19Q49E9IeO5vE/Lx/Ye68LXbiO8AGcDtQzMA8mXi3PYXE77z1D9s7I7cOvcxw0z0z+/C8CxtovZxtcDyCR149aHuHPeGqXzunrZg9rdwmvRItUzzzV4G8bnmQPaPouD0ZVRi9drgfPXtFwDzy8kq9YXlwvYGevjyGtBU8mC5GPW8+4jwDspQ9MNUevRocy7xrF1Y9PnOFPQhIpzz+7ak6QxtWvUECWL0LGLw6+y0evFUW1rzJOpA8PkHCPLM8rDlTp3+9jR5Pu8t4ZD2/aQW9LlYJvQsb7TyzzHC9d+hIPT3Aa70WOME9TDyeu5WGvjzGWZ8805I9PCYbmrwrKPO6DxU0PUVoRj043xM9iZNFvdkalzxxVJ05tfcZO1lIXj07RzK8VV2pvNjmzjswwz89Xq7UuLXU1r254r+7Lh6FPdMLor1nkxo9pzyLPbMWg7xTG6m8wdCkPY+8GLuu2288K7ymvfKZSD0+bBa+4WIYvaKXpj0LWOA7CiGAPQZJpb0fdFc8WALXvO+uDz2sNhE9Wr99PMU6fb0O55K9fGaVOdJOUL0UZ5I9E0GFvb8VSr2b/oU9B4isPB26cr0AcpC8iP9Cvb2tmr2dbBA70HHuvLodJT2cMY49D12NPDx4iL354NA8DCNbPbJSgjuc99K9m7eBvfwQarxEBLG8zCgAvW98I73pQ1K95JwIPX+8bjxLbI09KPfWO0eNSrq1gRI9snl3vHGWiLtdYr67/TF3vXqk5TqwdP48ZwS/vN0CDzxx6bk8cvRGPRX4ljqSJ449ZnfvvX6OGz0Y5ky9DOczPRaSS70678C9TOHXPfnHlT2KSLc8WlbPPJiUWL2bz/67m0CuPKnXlTy4Nz88bQOCvASrAT31bQM83bE1vRNzlj2f/0C9M74OPdhRQ7wZsOa8U3x4PDzzNbydf8s7tSOfvZEgWD1YoFe7IcjhPGQEu72Nc6e76U/VvO6LnzzJqZS9tVADPYNM5TwQQCQ9etPGvBm3FT22/QI9UOeGvV/Zkr0mdD68u6qQPfwhgzxqcjO8VJCBPfkahb3vakQ9r06HvaTBQj1dT/o7zRjQvOPidD0uAKY8MYWlveOoIb2Z7R09wqujOwuxbD2er7g9GGMFveN/iT2Fdve70SvIvP72Mz0YxjO9U66GPYzdvL1Ddfu8l1scvbxC2byb9Ja8MOlOvUZVlD18hiq9nsLbPIMvJ73MBXw9P3kvPa5smz2O32G9k5/+vFHZ6ryf38C8zKOGPag+mj1lmom8bu/nO7N3QjzZTCc8/bgHPEQKYzmXLYE9ZOAgvYnEPj3Qsle959VDvSbKwjupreC8sM6UvBfrtTxvad880FaQvAc7gzw=';

/** ArcFace network with 512 numbers per face, `output` [n, 512], not normalised. */
export const frFeature: PackDefinition = {
  tarball: faceplugin.tarball,
  licence: faceplugin.licence,
  originals: { 'embed.onnx': 'package/model/fr_feature.onnx' },
  manifest: {
    schema: 2,
    name: 'fr-feature',
    version: '1',
    task: 'embedding',
    description: 'ArcFace-style face embedding, 512 numbers',
    source:
      'npm package faceplugin-face-recognition-js@0.0.1, model/fr_feature.onnx, batch axis made dynamic, weights under 1e-15 set to zero',
    licence: faceplugin.licenceNote,
    artifacts: [
      {
        file: 'embed.onnx',
        role: 'embed',
        format: 'onnx',
        precision: 'float32',
        sha256: '3bbc662f1371d2f4e9e472b7d2b8af70fc49f8022f0c9ee26bab3704eff94abc',
      },
    ],
    space: 'fr-feature@1+arcface-112',
    input: { width: 112, height: 112, channels: 'rgb', layout: 'nchw', mean: 127.5, std: 127.5 },
    alignment: arcface112,
    dimension: 512,
    metric: 'cosine',
    normalisation: null,
    calibrations: [
      lfwCalibration(arcface112.template, [
        {
          falseAcceptRate: 1e-2,
          threshold: 0.2488,
          falseAcceptInterval: [0.00861, 0.0117],
          trueAcceptRate: 0.99,
        },
        {
          falseAcceptRate: 1e-3,
          threshold: 0.3399,
          falseAcceptInterval: [0.000683, 0.0014],
          trueAcceptRate: 0.983,
        },
        {
          falseAcceptRate: 1e-4,
          threshold: 0.42,
          falseAcceptInterval: [0.0000288, 0.000215],
          trueAcceptRate: 0.961,
        },
      ]),
    ],
    knownAnswers: [
      { role: 'embed', outputName: 'output', every: 1, output: EMBEDDING, minCosine: 0.999 },
    ],
  },
};

/** Known answer: 506 of the 17,680 box corners of the published network, ONNX Runtime 1.30 on a CPU. */
const BOXES =
  'BqZpO+Yd1z0PL0U+1g6hvIafcz7IKH89uW3vPngF9rsYVQ8/XQbMPNhgPj9wq0I7oxZhPzU7vj0AW3Y9gAyWOj5t1j0co7U95JqwPk7YkDwLit0+Eyt+PQODHj+C+i09wE9BP8LR9D0FenE/2MvPu8COqroUlOk9FfpaPrtfTj1ivJs+trG5PQxz/D7DApE9yPUgPwp9DT74BE4/5PbTPIIaWj86QO49nMS6Pfrdtz1KKEE+VhT+PZanvD53td892j4BP/HvJD4xrC0/3NuRPfzCPz/YkhA+P1F2P5jayD29pWI9DIUkPniQdz79xAw+tWfCPvd5UT5cGA0/mtXRPf7qHz8Zrzg+cb1VP5sI9D12ynE/jKpGPkuv+T3LJTU+FPaBPgIucT6KIt0+9QQTPgL7/z7wfl0+ijg3P7FoIj7iL1E/5iBNPsOzfz+XDE4+FQIBPi+bmD6Oc5g+4+UpPmszwj69+YM+O94UPwMhPz6zXzA/HntsPmHKXj+VyEk+gv42O56npD7fiEE+OmdJPkSafj4mu5E+gq3uPj+HYD5DxBA/3BSHPnUdPj+yfnM+X3tgP5kCoD5uZE493/ZwPhJX5z3XOqI+auirPlcYfj6LjN0+mnuUPvgYHj+jlog+fqFAP3WPsj5NPW0/nxVkPiAznbqLP7Q+n+BdPmRwlD61NJw++H+qPkSG/T7oCp8+U1YgPw6Awz7qu04/54SLPjlxWj9O6Lo+Qsq2PaLKoD4360E+k7q2PqXbvT6/zas+0JMAP4uNzD6V9i0/6hWSPheaPz+K3cA+4N92PzVcpz4CXFQ9TWbKPky9eT6aIb8+CnPBPuAb2z4v4A4/hvGoPt2UHT9Ozs8+kmRXPxXosz4LuHA/gIHZPhpm+T01OM8+fbyBPkHS6z4azds+ALvBPjRrAD/0PuM+M7g2P2F2xz5IbVA/oE7ZPoyufz8cZ+I+YXwBPjo3BT/b85g+Dh7NPlLXwD5WFfg+xT8VP7231z6d4S8/2NLuPjjyXj9AxeE+UhYLOwJXDT/vI0A+0+bfPqt+gD4AUgU/J3HuPujA6T5tVBE/l3EAP7NfPj9bjfA+ECBhP73GCz+2jlM9msnuPlVr7T0UEQ0/2QeqPuJl9T5fh90+4osHPypTHj8EdP4+U5dAPyZwFj+n3Gw/OJPqPsCrQLrQORU/+nhbPp8ABT8nkJ0+qSgPP52V/D5J6gg/7v8fPzetHT++8E0/NMgAPz4JXT+9Who/Hq26PTr6DT+Ynz4+Pk4ZP1V+vT65JBQ/YZwAP+MDJz9tqC4/h1oGP/rAPT8RBiA/bWx2PxVNDz9/Z089jbMfP0s4ej7sBxs/ZafBPowAKT9zlw8/pQEPP3+VGz9SOyM/RaVYPwbmFD97jnA/IpsoP1Aq9j1oBSQ/MNuBPpLvMD9SM98+utgYP+xE/j5X5iw/0EU3P9pgHj948U8//E4oP7yIfz/1eyw/ZDQEPjCgPT/OwJo+qQMjP55dvj6gAzY/Fl0WP6A2Jz+aCy8/NOcvPyRVXj9poyw/qM6YOwp9RT8vHUE+Ok8sP24CfT6ZoEA/EFDuPiLjMD8BzxA/zRk8P1lEPj9KZDU/FYBhP9IPRz/uKlQ99HI1P7Cf8D2+70k/D9CqPqVlOD87Zd0+rBdDP/HkHj/DEzw/QBZBPx7dUT9YZGw/5zs2P4DzTTrOKVE/Ij5aPpAcQT8y26A+EgtLP4xU/D60IEU/hgYgPyJsWz+TsU0/tVY6PzumYD/gMlQ/JA+3PSDxRz+8VDs+PbBTP2mxvT4pK00/ZS0AP8IcYz+gyy4/no9BP5OiPD8hX1s/4Il2P4aVTj9Ojl49tp5eP7WwfT5131Y/+R3APqDKaD+5dQ4/QipNP2C+HD/QrmM/wS1ZP00tUj9yMnE/UuZkPw+Y/D3fWV0/mHuAPsDRbT9SS98+SvJRP0q8/T4yw2k/YaE3PxBmVz8Ca04/qt1kP/3pfz9Fq2g/ZZ4BPqVXdT99f6A+92JgP53JvD7nJHI/i+gYP2Z1Yz8xwy4/tDBtP408Xz/ODmg/0o+MO7mhfT8DUzc+EBJtP6xqcD79anw/eivwPipsbj88lAw/sn94P7OPPz8SEHI/7NRfPz6Vfz/WXUw9So9wPzz45D06+n4/9aKsPtVIcz/f89g+6RR9PxLmHj8d/HY/6c4/P5jNgD8yLWw/VvlwPyTaUz1edfw9f5sgP723aL38yXC843MqPmlt/j5ISBE9iw5KP0Mlgz5v1b8+AGl5PcsAOT+lcXY+zXJ3PiItKj5NBgk/AP2oPljVAz4y8zE+NV7zPkfUuT6qD4A/owyaPhOmmj4CheY+gFhjPzL/qD55nGY+tfL8PmCKQD+4y7A+3M9SPa4fGj+pASM/xITNPsiMirww2iE/12H/Pn01/z4FIEo/LXE5P915xT7XaAg/aTE6PwY2ND8djoE+3uUkP4+FCj/ioUo/J2sTPjrCJT8c6PA+QG9SP/Dufj9TjEY//FOKPoklcT9hVWQ/KERMP7ZNVj5s7XE/IDFDP2kmTz/q5R89fVCFP3PzIj+YEls/vEEmvaKIWT5QK3s/TEpePf4g+T5ArRI/1nxLP7jtLT6cYM8+RZUUPzAIFT/ykLs+WH+HPVpKXD9X45o+jV0UPwBDBr0QTIY/wGd8P0yMAD0gzMK7uMlCP/L5BD82cTk+AJjkOU5Xkj8=';

/** Known answer: all 136 landmark coordinates. */
const LANDMARKS =
  'RjklPgptwT4KACQ+7Wn4PkS5GT7fTRU/enIcPhKzLj9GOEg+1e5CPx9BhD52l1I/7typPrOfYj/Q1s8+1w9wP+UtBT8Bf3M/vKciPzFUbj8sIDU/OA5eP97QSj/YhEw/bShfPyJXPD/EAWw/l8IkPySzbj8t+gg/YVtsP3oB3j44Nm4/xpypPoYhbT6isLw+glWJPjhDmD5/Nqs+ZTiBPsHk0D6zXm0+uZv5Pn68aj4ggCc/DiZzPsS9Oz8zkXA+csBMPzCwdz6UPlw/RM2RPmQAYz8eV7U+uX4RP+f30T6sBBA/EUXiPrl/Dz+Dx/g+6WsPP2uzBT+ssdQ+YE0ZPzNN9T75TRU/rt0MP6PsFD9baR8/qwsUP0J2Lj+aJRg/CCbJPnRV0j6iBOI+m7DMPiOb9D4qocQ+DsP+PnH7xj5UDu8+L9bIPvoP3j6Rk80+gZYiP7T9wz6ILi8/rEvBPhAYOT/cvMk+cEQ9Pxie0T4ztTM/Vw7NPhW3Kz+Sz8Q+anmgPvTwMz8Oy84+1609Px039j4CyEE/dz8LP1TkRD+elxo/mH9AP9WvKT96gjs/q6U8P9dyLz+Rnis/GkBAPzkTHT8+L0c/YwQKP1uCSz8sPe4+gNlIPxy5yT5lVUQ/jzKiPhU2Nz/l6/I+kORBP82TCT9yAUU/AlkZPwY7QT9x4jk/nYMzP78yGj8IkUU/LCcKP6qKST8WBfU+zIBHPw==';

/**
 * Ultra-Light face detector RFB-320 (github.com/Linzaer/Ultra-Light-Fast-Generic-Face-Detector-1MB):
 * 4,420 candidates, `scores` [n, 4420, 2] (background, face) and `boxes` [n, 4420, 4] (left, top,
 * right, bottom as fractions of the image size), before non-maximum suppression. Together with a network
 * of 68 landmarks, `output` [n, 136]: x and y in turn, as fractions of the size of the square crop.
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
      // Even a network that ignores the image reaches 0.9995: a box mostly depends on its place in the grid.
      { role: 'detect', outputName: 'boxes', every: 35, output: BOXES, minCosine: 0.9999 },
      { role: 'landmarks', outputName: 'output', every: 1, output: LANDMARKS, minCosine: 0.9999 },
    ],
  },
};

/** Installed on a new machine. Chosen in docs/decisions/001-default-model-pack.md. */
export const defaultPacks: readonly PackDefinition[] = [rfb320With68Landmarks, frFeature];
