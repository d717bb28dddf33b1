import {
  defaultPort,
  SERVICE_SCHEMAS,
  type ServiceName,
  unknownSettings,
} from '../support/service-settings.js';
import { environmentOf, type Stage, stepsOf } from './dockerfile.js';

/** What is wrong with the ENV and EXPOSE of a service's image. */
export function imageSettingProblems(
  stages: readonly Stage[],
  target: string,
  service: ServiceName,
): string[] {
  const environment = environmentOf(stages, target);
  const { shape } = SERVICE_SCHEMAS[service];
  const wrong = Object.entries(environment).flatMap(([name, value]) => {
    const schema = (shape as Record<string, { safeParse(value: string): { success: boolean } }>)[
      name
    ];
    return schema?.safeParse(value).success === false ? [`${target}: ${name}=${value}`] : [];
  });
  const exposed = stepsOf(stages, target).findLast(({ keyword }) => keyword === 'EXPOSE')?.text;
  const port = String(defaultPort(service));
  return [
    ...unknownSettings(service, Object.keys(environment)).map(
      (name) => `${target}: ${service} reads no ${name}`,
    ),
    ...wrong,
    ...(environment.PORT === port && exposed === port ? [] : [`${target}: its port is ${port}`]),
  ];
}
