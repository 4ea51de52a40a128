// Document and server tell of the same routes, and each of them answers as documented.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {describe, test} from 'node:test';
import {operations, specPath} from './contract.mjs';
import {Receiver} from './receiver.mjs';
import {Sender} from './senders.mjs';
import {newPhone, newestDelivery, run, seen, suiteServer} from './support.mjs';

const nameless = (path) => path.replace(/\{[^}]*\}/g, '{}');

test('The server has each documented route, and each of its routes is documented, with its scope', () => {
  const {status, stdout, stderr} = run('routes');
  assert.equal(status, 0, stderr);
  // Each line: method, path, the scope that a key needs.
  const served = stdout.trim().split('\n').map(nameless).sort();
  assert.deepEqual(served, operations.map(({method, path, operation}) =>
    `${method} ${nameless(path)} ${operation['x-scope'] ?? 'none'}`).sort());
});

describe('Each route', () => {
  const suite = suiteServer();

  test('answers as documented when all is well', async (t) => {
    const {api} = suite;
    const receiver = await Receiver.start(t);
    const {endpoint} = (await api.post('/v1/endpoints', {url: receiver.url}, {status: 201})).body;
    const at = `/v1/endpoints/${endpoint.id}`;

    const {id} = (await api.post('/v1/leads/create', {phone: newPhone()})).body;
    const lead = `/v1/leads/${id}`;
    await api.get('/v1/leads');
    const {phone} = (await api.get(lead)).body;
    await api.get(`/v1/leads/lookup?phone=${encodeURIComponent(phone)}`);
    for (const method of ['PATCH', 'PUT', 'POST']) await api.call(method, lead, {body: {summary: method}});
    await api.post(`${lead}/addContext`, {context: 'More'});
    await api.put(`${lead}/tags`, {tagIds: ['vip']});
    await api.get(`${lead}/changes`);
    await api.get(`${lead}/timeline`);
    await api.delete(lead);
    await api.post(`${lead}/erase`);

    const contact = (await api.post('/v1/contacts', {firstName: 'Raya'})).body.data.contact.id;
    await api.put('/v1/contacts', {id: contact, lastName: 'Fleming'});
    await api.get('/v1/contacts');
    await api.get(`/v1/contacts/detail?contactId=${contact}`);
    await api.get(`/v1/contacts/${contact}`);
    await api.patch(`/v1/contacts/${contact}`, {country: 'PK'});
    await api.put(`/v1/contacts/${contact}`, {country: null});
    await api.get(`/v1/contacts/${contact}/changes`);
    await api.get(`/v1/contacts/${contact}/timeline`);
    await api.delete(`/v1/contacts/${contact}`);

    await api.get('/v1/endpoints');
    await api.get(at);
    await api.patch(at, {description: 'Ours'});
    await api.get(`${at}/secret`);
    await api.post(`${at}/secret/rotate`);
    await api.post(`${at}/test`);
    const delivery = await newestDelivery(api, at);
    await api.get(`${at}/deliveries/${delivery.id}`);
    await api.post(`${at}/deliveries/${delivery.id}/resend`, undefined, {status: 202});
    await api.post(`${at}/recover`, {since: '2020-01-01T00:00:00Z'}, {status: 202});
    await api.delete(at, {status: 204});

    const sender = await Sender.create(api, {format: 'iclosed', verifier: 'apten'});
    const source = `/v1/sources/${sender.id}`;
    await api.get('/v1/sources');
    await api.get(source);
    await api.patch(source, {name: 'iClosed'});
    await api.get(`${source}/secret`);
    await api.get(`${source}/sample`);
    await sender.send({id: contact, updatedAt: '2026-01-05T10:00:00.000Z', country: 'PK'});
    const held = [];
    for (const body of ['1', '2', '3', '4']) held.push((await sender.says('quarantined', body)).receipt);
    await api.get('/v1/receipts');
    await api.get(`/v1/receipts/${held[0]}`);
    await api.get(`/v1/receipts/${held[0]}/body`);
    await api.post(`/v1/receipts/${held[0]}/release`, {json: {id: contact, updatedAt: '2026-01-05T10:00:01.000Z', country: 'DE'}});
    await api.post(`/v1/receipts/${held[1]}/drop`, undefined, {status: 204});
    await api.post('/v1/receipts/release', {ids: [held[2]]});
    await api.post('/v1/receipts/drop', {source: sender.id});
    await api.post(`${source}/token/rotate`);
    await api.post(`${source}/secret/rotate`);
    await api.delete(source, {status: 204});
    await api.post(`/v1/contacts/${contact}/erase`);

    await api.get('/v1/changes');
    await api.get('/v1/account');
    await api.patch('/v1/account', {retention: {receiptsDays: 90}});
    await api.post('/v1/accounts', {name: 'Acme'}, {status: 201});
    await api.get('/v1/accounts');
    const {apiKey} = (await api.post('/v1/keys', {name: 'sync', scopes: ['read']}, {status: 201})).body;
    await api.get('/v1/keys');
    await api.get('/v1/audit');
    await api.delete(`/v1/keys/${apiKey.id}`, {status: 204});

    for (const path of ['/livez', '/readyz', '/metrics', '/openapi.yaml']) await api.get(path, {key: null});

    const unseen = operations.map(({operation}) => operation.operationId)
      .filter((id) => ![...(seen.operations.get(id) ?? [])].some((status) => status < 300));
    assert.deepEqual(unseen, []);
  });

  test('refuses methods that it does not have, and tells those it has', async () => {
    const methods = new Map();
    for (const {method, path} of operations) methods.set(nameless(path), [...(methods.get(nameless(path)) ?? []), method]);
    for (const [path, known] of methods) {
      const concrete = path.replaceAll('{}', '1');
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((other) => !known.includes(other))) {
        const literal = operations.some((entry) => entry.path === concrete && entry.method === method);
        // /v1/leads/create is also a lead's path for those methods that it does not have itself.
        const template = operations.some((entry) => entry.method === method && entry.path.includes('{') &&
          new RegExp(`^${entry.path.replace(/\{[^}]*\}/g, '[^/]+')}$`).test(concrete));
        if (literal || template) continue;
        const {headers} = await suite.api.call(method, concrete, {status: 405});
        const allowed = headers.get('allow').split(', ').sort();
        for (const one of known) assert.ok(allowed.includes(one), `${method} ${path}: Allow is ${allowed}`);
      }
    }
  });

  test('/openapi.yaml is the document of this source tree', async () => {
    assert.equal((await suite.api.get('/openapi.yaml', {key: null})).text, readFileSync(specPath, 'utf8'));
  });

  test('/metrics is in the Prometheus text format and names nobody', async () => {
    const {id, lead} = (await suite.api.post('/v1/leads/create', {phone: newPhone(), firstName: 'Peculiar'})).body;
    const {text} = await suite.api.get('/metrics', {key: null});
    const lines = text.trimEnd().split('\n');
    assert.ok(lines.length > 10);
    for (const line of lines) {
      assert.match(line, /^(# (HELP|TYPE) [a-z_:][a-z0-9_:]* .+|[a-z_:][a-z0-9_:]*(\{([a-z_]+="(\\.|[^"\\])*",?)*\})? -?([0-9.e+-]+|\+Inf|NaN))$/i);
    }
    for (const secret of [id, lead.phone, 'Peculiar']) assert.ok(!text.includes(secret), secret);
  });
});
