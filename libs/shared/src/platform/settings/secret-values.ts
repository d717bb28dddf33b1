/** User name that goes with ADMIN_KEY as a password. */
export const ADMIN_USER = 'admin';

type Environment = Readonly<Record<string, string | undefined>>;

/** Settings that are secret from end to end, whoever reads them: ours, AWS's, other libraries'. */
const SECRET_NAME = /(SECRET|TOKEN|PASSWORD|API_?KEY|ACCESS_KEY|METRICS_KEY|CREDENTIAL)/i;
/** `scheme://user:password@`, also in the middle of a list. */
const USERINFO = /:\/\/([^\s/?#@:]*):([^\s/?#@]*)@/g;
/** Of webhooks, whether or not it has the form that it must have. */
const JSON_SECRET = /"secret"\s*:\s*"(?:whsec_)?([^"]+)"/g;

/** What in an environment must not be shown: keys, passwords and secrets, each as it is written there. */
export function secretValues(environment: Environment): string[] {
  return Object.entries(environment).flatMap(([name, value = '']) => [
    ...(name === 'API_KEYS' ? keysOf(value) : SECRET_NAME.test(name) ? [value] : []),
    ...(name === 'ADMIN_KEY' ? adminKeyForms(value) : []),
    ...[...value.matchAll(USERINFO)].flatMap(([, user, password]) => passwordForms(user, password)),
    ...[...value.matchAll(JSON_SECRET)].map(([, secret]) => secret!),
  ]);
}

/** Of `key:tenant` pairs, whatever is wrong with them: a tenant is no secret. */
function keysOf(pairs: string): string[] {
  return pairs.split(',').map((pair) => pair.split(':')[0]!.trim());
}

/** As it is, and as a header of basic authentication holds it. */
function adminKeyForms(key: string): string[] {
  return key === '' ? [] : [key, Buffer.from(`${ADMIN_USER}:${key}`).toString('base64')];
}

/** As it is in the URL, as it is sent, and as a header of basic authentication holds it. */
function passwordForms(user = '', password = ''): string[] {
  const plain = decode(password);
  return [password, plain, Buffer.from(`${decode(user)}:${plain}`).toString('base64')];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
