/** The npm package both default packs come from. */
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
