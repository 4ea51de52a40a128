// Every operation of openapi.yaml against every key that must not pass. A new operation is in these tables by itself.
import assert from 'node:assert/strict';
import {before, describe, test} from 'node:test';
import {operations} from './contract.mjs';
import {OPEN, SCOPES, altered, exampleBody, guarded, ownedWorld, partsOf, pathOf, wellFormedKey} from './security.mjs';
import {Server, eventually, freshServer, suiteServer} from './support.mjs';

const named = ({method, path}) => `${method} ${path}`;
const NO_IDS = {leadId: 'none', contactId: 1, endpointId: 'none', deliveryId: 'none', keyId: 'none', sourceId: 'none', receiptId: 'rc_1'};

test('Only these operations need no key', () => {
  assert.deepEqual(operations.filter((entry) => !guarded.includes(entry)).map(named).sort(), OPEN);
  assert.ok(guarded.length > 50);
});

describe('An operation that needs a key', () => {
  // Guessing has a test of its own; here every wrong key is judged.
  const suite = suiteServer({args: ['--wrong-keys-per-minute', '0']});
  let wrong;

  before(async () => {
    const {api} = suite;
    const make = async (input) => (await api.post('/v1/keys', {name: 'x', scopes: ['admin'], ...input}, {status: 201})).body;
    const revoked = await make({});
    await api.delete(`/v1/keys/${revoked.apiKey.id}`, {status: 204});
    const expired = await make({expiresAt: new Date(Date.now() + 1000).toISOString()});
    await eventually(() => fetch(`${suite.server.url}/v1/account`, {headers: {'x-api-key': expired.key}}).then(({status}) => status),
      (status) => status === 401, 'the key to expire');
    const live = api.key;
    const {id, secret, checksum} = partsOf(live);
    assert.equal(wellFormedKey(id, secret), live, 'this test makes keys as the server does');
    wrong = {
      'none': undefined,
      'an empty one': '',
      'no key at all': 'let me in',
      'the prefix alone': 'dp_',
      'a key that is cut short': live.slice(0, -1),
      'a key with something after it': `${live}A`,
      'a key with another letter in its id': altered(live, 5),
      'a key with another letter in its secret': altered(live, 20),
      'a key with another letter in its checksum': altered(live, live.length - 1),
      'a key in capitals': live.toUpperCase(),
      'a key with a wrong secret and the checksum that belongs to it': wellFormedKey(id, altered(secret, 7)),
      'the secret of another key': wellFormedKey(id, partsOf(expired.key).secret),
      'an id that nobody has': wellFormedKey('A'.repeat(10), secret),
      'the stored form of a key': `dp_${id}_${'0'.repeat(64)}`,
      'the checksum twice': `dp_${id}_${secret}${checksum}${checksum}`,
      'a revoked key': revoked.key,
      'an expired key': expired.key,
    };
  });

  test('answers every wrong key with the same 401, told by nothing', async () => {
    const {api} = suite;
    let expected;
    for (const entry of guarded) {
      const path = pathOf(entry, NO_IDS);
      for (const [what, key] of Object.entries(wrong)) {
        for (const headers of key === undefined ? [{}] : [{authorization: `Bearer ${key}`}, {'x-api-key': key}]) {
          const answer = await api.call(entry.method, path, {body: exampleBody(entry), headers, key: null, status: 401});
          expected ??= answer.text;
          assert.equal(answer.text, expected, `${named(entry)} tells ${what} apart`);
          assert.equal(answer.headers.get('www-authenticate'), 'Bearer');
        }
      }
    }
  });

  test('takes a key from its two headers and from nowhere else', async () => {
    const {server, api} = suite;
    const {key} = api;
    for (const headers of [{authorization: `Bearer ${key}`}, {authorization: `bearer ${key}`}, {'x-api-key': key}]) {
      await api.get('/v1/account', {key: null, headers, status: 200});
    }
    for (const headers of [{authorization: key}, {authorization: `Basic ${Buffer.from(`key:${key}`).toString('base64')}`},
      {authorization: `Bearer  ${key}`}, {cookie: `key=${key}`}, {'x-api-token': key}, {'x-api-key': 'dp_', authorization: `Bearer ${key}`}]) {
      await api.get('/v1/account', {key: null, headers, status: 401});
    }
    for (const query of [`key=${key}`, `api_key=${key}`, `access_token=${key}`]) {
      assert.equal((await fetch(`${server.url}/v1/account?${query}`)).status, 401);
    }
  });

  test('refuses a key of each lesser scope with 403, and nothing has happened', async (t) => {
    const {api} = suite;
    const world = await ownedWorld(t, api);
    const keys = {};
    for (const scope of SCOPES) keys[scope] = (await api.post('/v1/keys', {name: scope, scopes: [scope]}, {status: 201})).body.key;
    const everything = async () => [await api.allChanges(), (await api.get('/v1/audit?limit=500')).body.entries,
      (await api.get('/v1/endpoints')).body, (await api.get('/v1/sources')).body, (await api.get('/v1/receipts')).body];
    const untouched = await everything();
    let refusals = 0;
    for (const entry of guarded) {
      const needed = entry.operation['x-scope'];
      for (const scope of SCOPES.slice(0, SCOPES.indexOf(needed))) {
        const {body} = await api.call(entry.method, pathOf(entry, world.ids), {body: exampleBody(entry), key: keys[scope], status: 403});
        assert.match(body.detail, new RegExp(`scope ${needed};.*scope ${scope}`), named(entry));
        refusals++;
      }
    }
    assert.ok(refusals > 50);
    assert.deepEqual(await everything(), untouched);
  });

  test('lets a key of its own scope through to what it says about the request', async () => {
    const {api} = suite;
    for (const scope of SCOPES) {
      const key = (await api.post('/v1/keys', {name: scope, scopes: [scope]}, {status: 201})).body.key;
      for (const entry of guarded.filter(({operation}) => operation['x-scope'] === scope)) {
        const options = {method: entry.method, headers: {'x-api-key': key, 'content-type': 'application/json'}};
        if (entry.method !== 'GET' && entry.method !== 'DELETE') options.body = '[]';
        const {status} = await fetch(suite.server.url + pathOf(entry, NO_IDS), options);
        assert.ok(status !== 401 && status !== 403 && status < 500, `${named(entry)} with scope ${scope}: ${status}`);
      }
    }
  });

  test('A key makes no key that may do more than itself', async () => {
    const {api} = suite;
    const admin = api.with((await api.post('/v1/keys', {name: 'admin', scopes: ['admin']}, {status: 201})).body.key);
    assert.equal((await admin.post('/v1/keys', {name: 'more', scopes: ['system']}, {status: 422})).body.field, 'scopes');
    const stranger = api.with((await api.post('/v1/accounts', {name: 'Stranger'}, {status: 201})).body.key);
    assert.equal((await stranger.post('/v1/keys', {name: 'more', scopes: ['read', 'system']}, {status: 422})).body.field, 'scopes');
  });

  test('An Idempotency-Key opens no answer to a lesser key of the same account', async () => {
    const {api} = suite;
    const options = {headers: {'idempotency-key': 'made-by-an-admin'}};
    const input = {url: 'https://hooks.example.com', state: 'paused'};
    const {body} = await api.post('/v1/endpoints', input, options);
    const write = (await api.post('/v1/keys', {name: 'w', scopes: ['write']}, {status: 201})).body.key;
    const refused = await api.with(write).post('/v1/endpoints', input, {...options, status: 403});
    assert.ok(!refused.text.includes(body.secret));
    const stranger = api.with((await api.post('/v1/accounts', {name: 'Stranger'}, {status: 201})).body.key);
    const own = await stranger.post('/v1/endpoints', input, options);
    assert.equal(own.headers.get('idempotency-replayed'), null);
    assert.notEqual(own.body.secret, body.secret);
    assert.notEqual(own.body.endpoint.id, body.endpoint.id);
  });
});

test('The last admins of an account cannot revoke each other at the same moment', async (t) => {
  const {api} = await freshServer(t);
  for (let round = 0; round < 8; round++) {
    const first = api.with((await api.post('/v1/accounts', {name: 'Pair'}, {status: 201})).body.key);
    const second = first.with((await first.post('/v1/keys', {name: 'second', scopes: ['admin']}, {status: 201})).body.key);
    const ids = await Promise.all([first, second].map(async (one) => (await one.get('/v1/account')).body.key.id));
    const revoke = ({server, key}, id) => fetch(`${server.url}/v1/keys/${id}`, {method: 'DELETE', headers: {'x-api-key': key}}).then(({status}) => status);
    const statuses = await Promise.all([revoke(first, ids[1]), revoke(second, ids[0])]);
    assert.equal(statuses.filter((status) => status === 204).length, 1, statuses.join());
  }
});

test('A revoked key ends with its revocation, also after a restart', async (t) => {
  const {server, api} = await freshServer(t);
  const {apiKey, key} = (await api.post('/v1/keys', {name: 'x', scopes: ['read']}, {status: 201})).body;
  const holder = api.with(key);
  await holder.get('/v1/account');
  await api.delete(`/v1/keys/${apiKey.id}`, {status: 204});
  await holder.get('/v1/account', {status: 401});
  await server.stop();
  const again = await Server.start(server.folder);
  t.after(() => again.stop('SIGKILL'));
  holder.server = again;
  await holder.get('/v1/account', {status: 401});
});
