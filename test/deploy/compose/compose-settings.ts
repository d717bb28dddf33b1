import { loadConfig } from '#shared/platform/settings/load-config.js';
import {
  defaultPort,
  SERVICE_NAMES,
  SERVICE_SCHEMAS,
  unknownSettings,
} from '../support/service-settings.js';
import { type ComposeFile } from './compose-file.js';

/** Where every service's image has its health, and ports are published from. */
export function composeSettingProblems(file: ComposeFile): string[] {
  return Object.entries(file.services).flatMap(
    ([name, { entrypoint, build, environment, ports }]) => {
      const service = SERVICE_NAMES.find((candidate) => build?.target.startsWith(candidate));
      if (service === undefined || entrypoint !== undefined) return [];
      const port = defaultPort(service);
      return [
        ...problemsOfLoading(() => loadConfig(SERVICE_SCHEMAS[service], environment)),
        ...unknownSettings(service, Object.keys(environment)).map(
          (key) => `${service} reads no ${key}`,
        ),
        ...(environment.PORT === String(port)
          ? []
          : [`listens on ${environment.PORT}, not ${port}`]),
        ...ports
          .filter((text) => !text.endsWith(`:${port}:${port}`))
          .map((text) => `publishes ${text}`),
      ].map((problem) => `${name}: ${problem}`);
    },
  );
}

function problemsOfLoading(load: () => unknown): string[] {
  try {
    load();
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}
