// openapi.yaml as the judge of every answer that an end-to-end test receives. Objects are closed here, though clients
// must tolerate new members: a member that the document does not tell of is a mistake of ours.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {Ajv2020, YAML, addFormats} from './peers.mjs';

export const specPath = new URL('../../openapi.yaml', import.meta.url);
export const spec = YAML.parse(readFileSync(specPath, 'utf8'));

const METHODS = ['get', 'put', 'post', 'delete', 'patch'];

export function resolve(node) {
  if (!node?.$ref) return node;
  return resolve(node.$ref.slice(2).split('/').reduce((at, key) => at[key], spec));
}

/** Every documented operation: {method, path, operation, parameters, body, responses}. */
export const operations = Object.entries(spec.paths).flatMap(([path, item]) =>
  METHODS.filter((method) => item[method]).map((method) => {
    const operation = item[method];
    return {
      method: method.toUpperCase(),
      path,
      operation,
      parameters: [...(item.parameters ?? []), ...(operation.parameters ?? [])].map(resolve),
      body: resolve(operation.requestBody),
      responses: Object.fromEntries(Object.entries(operation.responses).map(([code, r]) => [code, resolve(r)])),
    };
  }));

function pattern(path) {
  return new RegExp(`^${path.replace(/[.]/g, '\\$&').replace(/\{[^}]+\}/g, '[^/]+')}$`);
}

// Concrete paths win over templated ones, as OpenAPI says.
const bySpecificity = operations
  .map((entry) => ({...entry, pattern: pattern(entry.path)}))
  .sort((a, b) => (a.path.match(/\{/g) ?? []).length - (b.path.match(/\{/g) ?? []).length);

export function findOperation(method, url) {
  const path = url.split('?')[0];
  return bySpecificity.find((entry) => entry.method === method && entry.pattern.test(path));
}

function closed(node) {
  if (Array.isArray(node)) return node.map(closed);
  if (node === null || typeof node !== 'object') return node;
  const copy = Object.fromEntries(Object.entries(node).map(([key, value]) =>
    [key, ['examples', 'example', 'enum', 'const'].includes(key) ? value : closed(value)]));
  const isObject = copy.type === 'object' || (Array.isArray(copy.type) && copy.type.includes('object'));
  if (isObject && copy.properties && copy.additionalProperties === undefined) copy.additionalProperties = false;
  return copy;
}

const ajv = new Ajv2020({strict: false, allErrors: true, validateSchema: false});
addFormats(ajv);
ajv.addSchema({components: {schemas: closed(spec.components.schemas)}}, 'openapi');

const compiled = new Map();
function validator(schema) {
  const text = JSON.stringify(schema);
  if (!compiled.has(text)) {
    const absolute = JSON.parse(text.replaceAll('"#/components', '"openapi#/components'));
    compiled.set(text, ajv.compile(closed(absolute)));
  }
  return compiled.get(text);
}

/** Throws when `value` does not fit a schema of the document. */
export function check(schema, value, what) {
  const validate = validator(schema);
  assert.ok(validate(value), `${what}: ${ajv.errorsText(validate.errors)} in ${JSON.stringify(value)?.slice(0, 800)}`);
}

export const checkNamed = (name, value) => check({$ref: `#/components/schemas/${name}`}, value, name);

/** Throws when an answer is not one that the document allows for the operation. Gives the operation. */
export function checkAnswer(method, url, {status, headers, text, body}) {
  const what = `${method} ${url} -> ${status}`;
  const entry = findOperation(method, url);
  if (!entry) {  // not a route: still a problem
    assert.ok(status === 404 || status === 405, `${what}: undocumented`);
    checkNamed('Problem', body);
    return undefined;
  }
  const response = entry.responses[status] ?? entry.responses[`${Math.floor(status / 100)}XX`];
  assert.ok(response, `${what}: this status is not documented; answer: ${text.slice(0, 800)}`);
  const type = (headers.get('content-type') ?? '').split(';')[0].trim();
  if (!response.content) {
    assert.equal(text, '', `${what}: no body is documented`);
  } else {
    const media = response.content[type];
    assert.ok(media, `${what}: content type "${type}" is not documented`);
    if (/json$/.test(type)) check(media.schema, body, what);
  }
  if (type === 'application/problem+json') assert.equal(body.status, status, `${what}: the problem's own status`);
  if (status < 300 && response.headers?.ETag) {
    assert.match(headers.get('etag') ?? '', /^"[1-9][0-9]*"$/, `${what}: ETag`);
  }
  if (status === 429 || status === 503) assert.match(headers.get('retry-after') ?? '', /^[0-9]+$/, `${what}: Retry-After`);
  return entry;
}
