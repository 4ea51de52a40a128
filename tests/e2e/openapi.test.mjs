// openapi.yaml itself: it is valid and linted, and its examples are what it says they are.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {fileURLToPath} from 'node:url';
import {check, operations, resolve, spec, specPath} from './contract.mjs';
import {redocly} from './peers.mjs';

test('The document passes the linter without a remark', async () => {
  const {createConfig, lint} = redocly();
  const config = await createConfig({
    extends: ['recommended-strict'],
    rules: {
      'no-ambiguous-paths': 'off',  // /v1/leads/create beside /v1/leads/{leadId} is Apten's, and concrete paths win
      'operation-4xx-response': 'off',  // it does not know the range 4XX, and /livez has none
      'no-server-example.com': 'off',  // a server of one's own is on localhost
    },
  });
  const remarks = await lint({ref: fileURLToPath(specPath), config});
  assert.deepEqual(remarks.map((r) => `${r.ruleId}: ${r.message} at ${r.location[0].pointer}`), []);
});

test('Every example fits its schema', () => {
  let examples = 0;
  const media = (content, what) => {
    for (const [type, {schema, examples: named = {}}] of Object.entries(content ?? {})) {
      for (const [name, example] of Object.entries(named)) {
        check(schema, resolve(example).value, `${what} ${type} example ${name}`);
        examples++;
      }
    }
  };
  for (const [name, body] of Object.entries(spec.components.requestBodies)) media(body.content, `body ${name}`);
  for (const [name, response] of Object.entries(spec.components.responses)) media(response.content, `response ${name}`);
  const schemas = (node, what) => {
    if (node === null || typeof node !== 'object') return;
    if (Array.isArray(node.examples)) {
      const {examples: values, ...schema} = node;
      values.forEach((value) => { check(schema, value, what); examples++; });
    }
    for (const [key, value] of Object.entries(node)) if (key !== 'examples') schemas(value, `${what}.${key}`);
  };
  schemas(spec.components.schemas, 'schemas');
  schemas(spec.components.parameters, 'parameters');
  assert.ok(examples > 50, `only ${examples} examples were found`);
});

test('Every body and every JSON answer has an example', () => {
  const without = [];
  for (const group of ['requestBodies', 'responses']) {
    for (const [name, {content = {}}] of Object.entries(spec.components[group])) {
      const json = Object.entries(content).filter(([type]) => /json$/.test(type) && type !== 'application/merge-patch+json');
      for (const [type, entry] of json) if (!entry.examples) without.push(`${group}.${name} ${type}`);
    }
  }
  assert.deepEqual(without, []);
});

test('Every write says which key scope it needs and can be refused', () => {
  for (const {method, path, operation, responses} of operations) {
    assert.ok(responses['5XX'], `${method} ${path}`);
    if (!path.startsWith('/v1/')) continue;
    assert.match(operation['x-scope'] ?? '', /^(read|write|admin|system)$/, `${method} ${path}`);
    assert.ok(responses['4XX'], `${method} ${path}`);
    if (/\{/.test(path)) assert.ok(responses['404'], `${method} ${path} can miss its record`);
  }
});
