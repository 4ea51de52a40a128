// Endpoints as they are set up, and accounts and keys; what they are sent is tested in signatures and retries.
import assert from 'node:assert/strict';
import {describe, test} from 'node:test';
import {StandardWebhook} from './peers.mjs';
import {Receiver} from './receiver.mjs';
import {newPhone, suiteServer} from './support.mjs';

describe('Endpoints', () => {
  const suite = suiteServer();
  const url = 'https://hooks.example.com/in';
  const create = async (input = {}) => (await suite.api.post('/v1/endpoints', {url, state: 'paused', ...input}, {status: 201})).body;

  test('An endpoint is created from a URL alone, with the defaults of the document', async () => {
    const {endpoint, secret} = (await suite.api.post('/v1/endpoints', {url}, {status: 201})).body;
    assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
    const {id, startsAt, createdAt, updatedAt, ...rest} = endpoint;
    assert.deepEqual(rest, {
      url, description: null, format: 'standard', events: [], fields: [], skipSources: [], skipActors: [], filter: null, timeoutMs: 5000,
      retrySchedule: [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400], concurrency: 16, rateLimit: 0, order: 'record',
      bareObject: false, changesOnly: false, headerNames: [], state: 'active', disabledReason: null, version: 1,
    });
    const {status, ...read} = (await suite.api.get(`/v1/endpoints/${id}`)).body;
    assert.deepEqual(read, endpoint);
    assert.equal(status.behind, 0);
    assert.equal(status.failing, false);
    await suite.api.delete(`/v1/endpoints/${id}`, {status: 204});
  });

  test('All that can be set is kept as it was set', async () => {
    const input = {
      description: 'CRM', format: 'iclosed', events: ['contactDetailChanged', 'newContactCreated'], fields: ['status', 'tracking.*'], skipSources: ['import', 'source:*'], skipActors: ['key:k1'],
      filter: {'==': [{var: 'data.changes.status.new'}, 'QUALIFIED']}, timeoutMs: 1500, retrySchedule: [1, 2, 3], concurrency: 4,
      rateLimit: 50, order: 'none', bareObject: true, state: 'paused', headers: {Authorization: 'Bearer s3cret', 'X-Team': 'crm'},
      secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    };
    const {endpoint, secret} = await create(input);
    assert.equal(secret, input.secret);
    const {headers, secret: given, events, ...shown} = input;
    assert.deepEqual(endpoint, {...endpoint, ...shown, url});
    assert.deepEqual(endpoint.events, ['contactUpdated', 'newContactCreated']);
    assert.deepEqual(endpoint.headerNames.map((name) => name.toLowerCase()).sort(), ['authorization', 'x-team']);
  });

  test('Updates merge, and what changes nothing makes no version', async () => {
    const {endpoint} = await create({headers: {'X-Team': 'crm'}});
    const path = `/v1/endpoints/${endpoint.id}`;
    const {body} = await suite.api.patch(path, {description: 'Renamed', timeoutMs: 2000});
    assert.equal(body.version, 2);
    assert.equal(body.endpoint.description, 'Renamed');
    for (const patch of [{}, {timeoutMs: 2000}, {description: 'Renamed', state: 'paused'}, {headers: {'X-Team': 'crm'}}]) {
      const again = (await suite.api.patch(path, patch)).body;
      assert.deepEqual({changed: again.changed, version: again.version}, {changed: false, version: 2}, JSON.stringify(patch));
    }
    await suite.api.patch(path, {timeoutMs: 3000}, {headers: {'if-match': '"1"'}, status: 412});
  });

  test('The secret is shown to an admin alone, and a rotation keeps the old one for a day', async () => {
    const {endpoint, secret} = await create();
    const path = `/v1/endpoints/${endpoint.id}/secret`;
    assert.deepEqual((await suite.api.get(path)).body, {secret, publicKey: null, previousUntil: null});
    const rotated = (await suite.api.post(`${path}/rotate`)).body;
    assert.notEqual(rotated.secret, secret);
    const hours = (Date.parse(rotated.previousUntil) - Date.now()) / 3_600_000;
    assert.ok(hours > 23 && hours <= 24, rotated.previousUntil);
    assert.deepEqual((await suite.api.get(path)).body, rotated);
    const reader = (await suite.api.post('/v1/keys', {name: 'reader', scopes: ['read', 'write']}, {status: 201})).body.key;
    await suite.api.with(reader).get(path, {status: 403});
    assert.ok(!(await suite.api.get(`/v1/endpoints/${endpoint.id}`)).text.includes(rotated.secret));
    const own = 'whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==';
    const asymmetric = (await suite.api.post(`${path}/rotate`, {secret: own})).body;
    assert.equal(asymmetric.publicKey, 'whpk_1SiA4o9hyqTCpIqC5V9HUakiiaeACeqfZTInDBbOir4=');
  });

  test('Rotations at the same time all count: each secret that was shown signs', async (t) => {
    const receiver = await Receiver.start(t);
    const {endpoint, secret} = await create({url: receiver.url, state: 'active', events: ['lead.created']});
    const rotated = await Promise.all([1, 2, 3].map(async () =>
      (await suite.api.post(`/v1/endpoints/${endpoint.id}/secret/rotate`)).body.secret));
    await suite.api.post('/v1/leads/create', {phone: newPhone()});
    const [{text, headers}] = await receiver.count(1);
    for (const one of [secret, ...rotated]) new StandardWebhook(one).verify(text, headers);
    await suite.api.delete(`/v1/endpoints/${endpoint.id}`, {status: 204});
  });

  test('A repeated creation with an Idempotency-Key makes one endpoint and shows the same secret', async () => {
    const options = {headers: {'idempotency-key': 'endpoint-1'}, status: 201};
    const first = await suite.api.post('/v1/endpoints', {url, state: 'paused'}, options);
    const second = await suite.api.post('/v1/endpoints', {url, state: 'paused'}, options);
    assert.equal(second.text, first.text);
    assert.equal(second.headers.get('idempotency-replayed'), 'true');
  });

  test('The list pages through all of them, and a deleted one is gone', async () => {
    const ids = [];
    for (let i = 0; i < 5; i++) ids.push((await create()).endpoint.id);
    await suite.api.delete(`/v1/endpoints/${ids[2]}`, {status: 204});
    await suite.api.get(`/v1/endpoints/${ids[2]}`, {status: 404});
    await suite.api.delete(`/v1/endpoints/${ids[2]}`, {status: 404});
    const listed = [];
    for (let next = '';;) {
      const page = (await suite.api.get(`/v1/endpoints?limit=2${next}`)).body;
      listed.push(...page.endpoints.map((endpoint) => endpoint.id));
      if (page.nextToken === null) break;
      next = `&nextToken=${encodeURIComponent(page.nextToken)}`;
    }
    assert.deepEqual(ids.map((id) => listed.filter((other) => other === id).length), [1, 1, 0, 1, 1]);
  });

  test('A test event is sent at once, signed, and its answer is told', async (t) => {
    const receiver = await Receiver.start(t, () => ({status: 418, body: 'I am a teapot'}));
    const {endpoint, secret} = await create({url: receiver.url, format: 'iclosed'});
    const {body} = await suite.api.post(`/v1/endpoints/${endpoint.id}/test`, {eventType: 'contactUpdated'});
    assert.deepEqual({...body, latencyMs: 0, eventId: 0},
      {eventId: 0, eventType: 'contactUpdated', status: 418, latencyMs: 0, response: 'I am a teapot', error: null});
    assert.equal(receiver.requests.length, 1);
    const [request] = receiver.requests;
    assert.equal(request.id, body.eventId);
    assert.equal(request.body[0].hookType, 'Contact updated');
    new StandardWebhook(secret).verify(request.text, request.headers);
    await receiver.stop();
    const refused = (await suite.api.post(`/v1/endpoints/${endpoint.id}/test`)).body;
    assert.equal(refused.status, null);
    assert.match(refused.error, /refused/);
    const wrong = (await suite.api.post(`/v1/endpoints/${endpoint.id}/test`, {eventType: 'lead.updated'}, {status: 422})).body;
    assert.equal(wrong.field, 'eventType');
  });
});

describe('Accounts and keys', () => {
  const suite = suiteServer();
  const keyWith = async (scopes, more = {}) =>
    (await suite.api.post('/v1/keys', {name: scopes.join(), scopes, ...more}, {status: 201})).body;

  test('A key says whose it is', async () => {
    const {apiKey, key} = await keyWith(['read']);
    const {body} = await suite.api.with(key).get('/v1/account');
    assert.equal(body.key.id, apiKey.id);
    assert.deepEqual(body.key.scopes, ['read']);
    assert.deepEqual(body.account, (await suite.api.get('/v1/account')).body.account);
  });

  test('Both headers carry a key', async () => {
    await suite.api.get('/v1/account', {headers: {'x-api-key': suite.api.key}});
    await suite.api.get('/v1/account', {headers: {authorization: `bearer ${suite.api.key}`}});
  });

  test('Scopes include the lesser ones and refuse what is beyond them', async () => {
    const [read, write, admin] = [await keyWith(['read']), await keyWith(['write']), await keyWith(['admin'])].map(({key}) => suite.api.with(key));
    await read.get('/v1/leads');
    const refused = (await read.post('/v1/leads/create', {phone: newPhone()}, {status: 403})).body;
    assert.match(refused.detail, /write/);
    await write.get('/v1/leads');
    await write.post('/v1/leads/create', {phone: newPhone()});
    await write.post('/v1/endpoints', {url: 'https://hooks.example.com'}, {status: 403});
    await write.get('/v1/keys', {status: 403});
    await admin.get('/v1/keys');
    await admin.post('/v1/leads/create', {phone: newPhone()});
    await admin.get('/v1/accounts', {status: 403});
    await admin.post('/v1/keys', {name: 'more', scopes: ['system']}, {status: 422});
  });

  test('A key is shown once, then listed without its text, and stops working when it is revoked', async () => {
    const {apiKey, key} = await keyWith(['read']);
    const listed = await suite.api.get('/v1/keys?limit=100');
    assert.ok(listed.body.keys.some((other) => other.id === apiKey.id));
    assert.ok(!listed.text.includes(key));
    await suite.api.with(key).get('/v1/leads');
    await suite.api.delete(`/v1/keys/${apiKey.id}`, {status: 204});
    await suite.api.with(key).get('/v1/leads', {status: 401});
    await suite.api.delete(`/v1/keys/${apiKey.id}`, {status: 404});
  });

  test('No key, a wrong one and a mangled one get the same 401', async () => {
    const wrong = suite.api.key.slice(0, -1) + (suite.api.key.endsWith('a') ? 'b' : 'a');
    const answers = await Promise.all([
      suite.api.get('/v1/leads', {key: null, status: 401}),
      suite.api.get('/v1/leads', {key: wrong, status: 401}),
      suite.api.get('/v1/leads', {key: 'dp_', status: 401}),
      suite.api.get('/v1/leads', {headers: {authorization: 'Basic ZHA6ZHA='}, status: 401}),
    ]);
    assert.equal(new Set(answers.map((answer) => answer.text)).size, 1);
    assert.match(answers[0].headers.get('www-authenticate'), /^Bearer/);
  });

  test('The last admin key of an account cannot be revoked', async () => {
    const {key} = (await suite.api.post('/v1/accounts', {name: 'Lonely'}, {status: 201})).body;
    const other = suite.api.with(key);
    const {id} = (await other.get('/v1/account')).body.key;
    await other.delete(`/v1/keys/${id}`, {status: 409});
    await other.post('/v1/keys', {name: 'second', scopes: ['admin']}, {status: 201});
    await other.delete(`/v1/keys/${id}`, {status: 204});
  });

  test('Accounts are listed to the operator', async () => {
    const {account} = (await suite.api.post('/v1/accounts', {name: 'Listed'}, {status: 201})).body;
    const names = [];
    for (let next = '';;) {
      const page = (await suite.api.get(`/v1/accounts?limit=1${next}`)).body;
      names.push(...page.accounts);
      if (page.nextToken === null) break;
      next = `&nextToken=${encodeURIComponent(page.nextToken)}`;
    }
    assert.ok(names.some((found) => found.id === account.id && found.name === 'Listed'));
    assert.ok(names.some((found) => found.id !== account.id));
  });
});
