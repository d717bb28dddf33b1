# docker build --target ingest|embedder|embedder-cuda|embedder-tensorflow|matcher|cli|models .
# To pin a base image by digest: --build-arg NODE_IMAGE=node:20.20.2-bookworm-slim@sha256:…
ARG NODE_IMAGE=node:20.20.2-bookworm-slim
# onnxruntime-node 1.30 is built for CUDA 12 and cuDNN 9.
ARG CUDA_IMAGE=nvidia/cuda:12.8.1-cudnn-runtime-ubuntu22.04
# @tensorflow/tfjs-node-gpu 4.22 is built for CUDA 11.2 and cuDNN 8.1.
ARG TENSORFLOW_CUDA_IMAGE=nvidia/cuda:11.2.2-cudnn8-runtime-ubuntu20.04

FROM ${NODE_IMAGE} AS node

FROM node AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# TypeScript is a peer dependency of the Qdrant client, which needs only its types.
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev && rm -rf node_modules/typescript

FROM node AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN --mount=type=cache,target=/root/.npm npm ci --include=dev
COPY tsconfig.json ./
COPY libs libs
COPY apps apps
COPY scripts/copy-assets.mjs scripts/
RUN node node_modules/typescript/bin/tsc -p tsconfig.json --incremental false --sourceMap false \
    && node scripts/copy-assets.mjs

# Downloads the CUDA and TensorRT providers of ONNX Runtime, which are too large for npm.
FROM dependencies AS dependencies-cuda
RUN ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild --ignore-scripts=false --foreground-scripts onnxruntime-node

FROM dependencies AS dependencies-tensorflow
RUN --mount=type=cache,target=/root/.npm \
    npm install --no-save --omit=dev --ignore-scripts=false --foreground-scripts @tensorflow/tfjs-node-gpu@4.22.0 \
    && rm -rf node_modules/typescript

# Downloads the model packs, checks their sha256 and runs their known answers.
FROM dependencies AS packs
ARG MODEL_PACKS="fr-feature rfb320-68"
COPY --from=build /app/dist dist
ENV MODELS_DIR=/packs
RUN node dist/apps/cli/src/main.js models pull ${MODEL_PACKS} \
    && node dist/apps/cli/src/main.js models verify

# Without npm, yarn and corepack, so that a running container cannot install software.
FROM node AS runtime
RUN rm -rf /usr/local/lib/node_modules /opt/yarn-* \
      /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack \
      /usr/local/bin/yarn /usr/local/bin/yarnpkg \
    && groupadd --gid 10001 sightline \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent sightline \
    && install --directory --owner=10001 --group=10001 /models /data
WORKDIR /app
ENV NODE_ENV=production \
    ORT_DISABLE_TELEMETRY=1 \
    MALLOC_ARENA_MAX=2 \
    HOST=0.0.0.0 \
    MODELS_DIR=/models
COPY package.json ./
COPY deploy/healthcheck.mjs deploy/create-buckets.mjs deploy/snapshot-vectors.mjs deploy/
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
USER 10001:10001

FROM runtime AS ingest
ENV PORT=7001
EXPOSE 7001
HEALTHCHECK --start-period=60s --interval=10s --timeout=5s CMD ["node", "deploy/healthcheck.mjs"]
ENTRYPOINT ["node", "dist/apps/ingest/src/main.js"]

FROM runtime AS embedder
ENV PORT=7002
EXPOSE 7002
HEALTHCHECK --start-period=120s --interval=10s --timeout=5s CMD ["node", "deploy/healthcheck.mjs"]
ENTRYPOINT ["node", "dist/apps/embedder/src/main.js"]

FROM ${CUDA_IMAGE} AS embedder-cuda
RUN groupadd --gid 10001 sightline \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent sightline \
    && install --directory --owner=10001 --group=10001 /models /data
WORKDIR /app
ENV NODE_ENV=production \
    ORT_DISABLE_TELEMETRY=1 \
    MALLOC_ARENA_MAX=2 \
    HOST=0.0.0.0 \
    MODELS_DIR=/models \
    INFERENCE_ENGINE=onnxruntime \
    INFERENCE_DEVICE=cuda \
    PORT=7002
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY package.json ./
COPY deploy/healthcheck.mjs deploy/
COPY --from=dependencies-cuda /app/node_modules node_modules
COPY --from=build /app/dist dist
USER 10001:10001
EXPOSE 7002
HEALTHCHECK --start-period=300s --interval=10s --timeout=5s CMD ["node", "deploy/healthcheck.mjs"]
ENTRYPOINT ["node", "dist/apps/embedder/src/main.js"]

FROM ${TENSORFLOW_CUDA_IMAGE} AS embedder-tensorflow
RUN groupadd --gid 10001 sightline \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /nonexistent sightline \
    && install --directory --owner=10001 --group=10001 /models /data
WORKDIR /app
ENV NODE_ENV=production \
    ORT_DISABLE_TELEMETRY=1 \
    MALLOC_ARENA_MAX=2 \
    HOST=0.0.0.0 \
    MODELS_DIR=/models \
    INFERENCE_ENGINE=tensorflow \
    INFERENCE_DEVICE=cuda \
    PORT=7002
COPY --from=node /usr/local/bin/node /usr/local/bin/node
COPY package.json ./
COPY deploy/healthcheck.mjs deploy/
COPY --from=dependencies-tensorflow /app/node_modules node_modules
COPY --from=build /app/dist dist
USER 10001:10001
EXPOSE 7002
HEALTHCHECK --start-period=300s --interval=10s --timeout=5s CMD ["node", "deploy/healthcheck.mjs"]
ENTRYPOINT ["node", "dist/apps/embedder/src/main.js"]

FROM runtime AS matcher
ENV PORT=7003 \
    VECTORS_DIR=/data/vectors
EXPOSE 7003
HEALTHCHECK --start-period=60s --interval=10s --timeout=5s CMD ["node", "deploy/healthcheck.mjs"]
ENTRYPOINT ["node", "dist/apps/matcher/src/main.js"]

# Copies the packs to the volume at /models. Existing packs are not changed.
FROM runtime AS models
COPY --from=packs /packs /packs
HEALTHCHECK NONE
ENTRYPOINT ["cp", "--recursive", "--no-clobber", "--no-target-directory", "/packs", "/models"]

FROM runtime AS cli
ENV SIGHTLINE_DATA_DIR=/data
HEALTHCHECK NONE
ENTRYPOINT ["node", "dist/apps/cli/src/main.js"]
