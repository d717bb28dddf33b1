/** User name for which ADMIN_KEY is the password. */
export const ADMIN_USER = 'admin';

type Environment = Readonly<Record<string, string | undefined>>;

/** Names of settings whose whole value is secret: ours, AWS's, other libraries'. */
const SECRET_NAME = /(SECRET|TOKEN|PASSWORD|API_?KEY|ACCESS_KEY|METRICS_KEY|CREDENTIAL)/i;
/** `scheme://user:password@`, anywhere in a value. */
const USERINFO = /:\/\/([^\s/?#@:]*):([^\s/?#@]*)@/g;
/** Secrets in WEBHOOKS, also invalid ones. */
const JSON_SECRET = /"secret"\s*:\s*"(?:whsec_)?([^"]+)"/g;

/** Keys, passwords and secrets of an environment, in every form in which they may appear in a text. */
export function secretValues(environment: Environment): string[] {
  return Object.entries(environment).flatMap(([name, value = '']) => [
    ...(name === 'API_KEYS' ? keysOf(value) : SECRET_NAME.test(name) ? [value] : []),
    ...(name === 'ADMIN_KEY' ? adminKeyForms(value) : []),
    ...[...value.matchAll(USERINFO)].flatMap(([, user, password]) => passwordForms(user, password)),
    ...[...value.matchAll(JSON_SECRET)].map(([, secret]) => secret!),
  ]);
}

/** Keys of `key:tenant` pairs, also of invalid ones. A tenant is not secret. */
function keysOf(pairs: string): string[] {
  return pairs.split(',').map((pair) => pair.split(':')[0]!.trim());
}

/** The key itself, and the header of basic authentication that contains it. */
function adminKeyForms(key: string): string[] {
  return key === '' ? [] : [key, Buffer.from(`${ADMIN_USER}:${key}`).toString('base64')];
}

/** The password as in the URL, decoded, and in the header of basic authentication. */
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
