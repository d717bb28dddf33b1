import { arcface112 } from '../alignment-templates.js';
import { faceplugin } from './faceplugin-package.js';
import { lfwCalibration } from './lfw-calibration.js';
import { type PackDefinition } from './pack-definition.js';

/** Embedding by the network as published, through ONNX Runtime 1.30 on CPU. */
const EMBEDDING =
  'iVv4vOfMdz2GKYs94kcUvIMTh71cyaS8UsEfvB+3Ir3l+pS8lX5IvQHPaTy04pG6hQgyvKNbezwAywu9I05TvaCPlD3Z9ES9QTvePZk+1byGvEo9BvYVveqcnzxjE2m9UtwSPYcE0Ll8BWE9B/SKvYiGpbxhoMw7XsJcvKHXsDyD3xg99a8FPWOXMz2Xo0s92VCivSYFJL2JE6A8unhGu7xSI70ZPT28hGoPvWtVBDubpUQ90qmovEJbsTkPcRE8XN4CvUItq7t8PsG8qjhzPPIpurxclfI7Xa3BPMOi3bz9LGY8VlUwvZbsEzw9dhc9nKM9vUqDBD30YEU85LolvZFJpbw/So29wB5sPfmDd73HcYs76LwEvQXjury+GKi9+bsxPPFfE73DnAo9/MzOPNbhwLtCRos91+OePLptKbxb4M28Ga8cPagDojvxFSu88DEEPPZ/ZTzgoy08pIJXvBpZLb1Kozm9cJsgvLaLmbwaZwI9C1yKvNy/Z72lPxi8pjX2PCX9fDz9Z129f+l+vZZLMr3EQ5Q9wQK5vKQu/bzaXHk7HMVePYlHSD0DT5E9MG9fvWRGJ70UW3e8H/savVoEvr07+1c9aFNmPd8TlrwOTbc8nIR+vBnAWr2/P7g8kqZOPTWp3zwwP+g8BuOvPO8IpT2iyh08yBD/OkuvxbzA0KG8QhIlvWxeZD0kEpq8S4qTO3ZSnb03ygk7G30EvYVfID3t+Ho8cpW1vXf/ED21SZY870IbvBz7oj0hqIu9JrqQPdWMTD3vym88qiLkOzqs7jw5icS7LnHguhWy5bzmDAs9r47xvLKrGr3ymue8Jo00PbT7O7wPtoK9+HMePKtxc7wUg4I9tr/AvcAV9bz4Zew8n7oKvUc/3To5HoY9XnIBPGLfJjx7AdQ71mrJvGqLlr1alz27H+3ovFFrer3C+hE9HGeCPB0lOL1ra1m8/9QNvIA9dD2tOVE9+MMLvNTcjrycnf681xCcPAZcLD2Wz5698STIPInaDT31III8D8nAPUuq2DxFBEC85GxIPUHWLj2ErGy9C25VvKlen71dOxI9R2m7OUVpWz1nMMg9xIFavcVmAjzvPd08gDehPDxm5r3D1PM8IsC6PDZ0kD0RLEG8gi+XPBdiiTyYFz496WvuPBepjzyLle87ThbTvJofuLs7MD09OifcPIE8rLyvkKk8rjHHPACpUr1NSKA8O9BHOsBzkjw1X5c8CiphPQLXxjwr3IQ9uztUvS/PBDyEQ8e9MqCuO+J2Mjs539u9mcPhvIxe5bzIB929VGbbvcF6Bz2G0AI8JsAQvSqep7z1RrQ69JyEvIKaoTznjTy9eu5pPWeiIT3ioky79T9EvFIDert19Q49E9IeO5vE/Lx/Ye68LXbiO8AGcDtQzMA8mXi3PYXE77z1D9s7I7cOvcxw0z0z+/C8CxtovZxtcDyCR149aHuHPeGqXzunrZg9rdwmvRItUzzzV4G8bnmQPaPouD0ZVRi9drgfPXtFwDzy8kq9YXlwvYGevjyGtBU8mC5GPW8+4jwDspQ9MNUevRocy7xrF1Y9PnOFPQhIpzz+7ak6QxtWvUECWL0LGLw6+y0evFUW1rzJOpA8PkHCPLM8rDlTp3+9jR5Pu8t4ZD2/aQW9LlYJvQsb7TyzzHC9d+hIPT3Aa70WOME9TDyeu5WGvjzGWZ8805I9PCYbmrwrKPO6DxU0PUVoRj043xM9iZNFvdkalzxxVJ05tfcZO1lIXj07RzK8VV2pvNjmzjswwz89Xq7UuLXU1r254r+7Lh6FPdMLor1nkxo9pzyLPbMWg7xTG6m8wdCkPY+8GLuu2288K7ymvfKZSD0+bBa+4WIYvaKXpj0LWOA7CiGAPQZJpb0fdFc8WALXvO+uDz2sNhE9Wr99PMU6fb0O55K9fGaVOdJOUL0UZ5I9E0GFvb8VSr2b/oU9B4isPB26cr0AcpC8iP9Cvb2tmr2dbBA70HHuvLodJT2cMY49D12NPDx4iL354NA8DCNbPbJSgjuc99K9m7eBvfwQarxEBLG8zCgAvW98I73pQ1K95JwIPX+8bjxLbI09KPfWO0eNSrq1gRI9snl3vHGWiLtdYr67/TF3vXqk5TqwdP48ZwS/vN0CDzxx6bk8cvRGPRX4ljqSJ449ZnfvvX6OGz0Y5ky9DOczPRaSS70678C9TOHXPfnHlT2KSLc8WlbPPJiUWL2bz/67m0CuPKnXlTy4Nz88bQOCvASrAT31bQM83bE1vRNzlj2f/0C9M74OPdhRQ7wZsOa8U3x4PDzzNbydf8s7tSOfvZEgWD1YoFe7IcjhPGQEu72Nc6e76U/VvO6LnzzJqZS9tVADPYNM5TwQQCQ9etPGvBm3FT22/QI9UOeGvV/Zkr0mdD68u6qQPfwhgzxqcjO8VJCBPfkahb3vakQ9r06HvaTBQj1dT/o7zRjQvOPidD0uAKY8MYWlveOoIb2Z7R09wqujOwuxbD2er7g9GGMFveN/iT2Fdve70SvIvP72Mz0YxjO9U66GPYzdvL1Ddfu8l1scvbxC2byb9Ja8MOlOvUZVlD18hiq9nsLbPIMvJ73MBXw9P3kvPa5smz2O32G9k5/+vFHZ6ryf38C8zKOGPag+mj1lmom8bu/nO7N3QjzZTCc8/bgHPEQKYzmXLYE9ZOAgvYnEPj3Qsle959VDvSbKwjupreC8sM6UvBfrtTxvad880FaQvAc7gzw=';

/** ArcFace network of 512 numbers per face, `output` [n, 512], not yet of unit norm. */
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
