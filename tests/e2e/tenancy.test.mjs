// One account sees nothing of another, on any route; and secrets are in no answer that is not theirs, nor in the log.
import assert from 'node:assert/strict';
import {readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {describe, test} from 'node:test';
import {operations, resolve} from './contract.mjs';
import {Receiver} from './receiver.mjs';
import {eventually, newPhone, seen, suiteServer} from './support.mjs';

describe('Two accounts on one server', () => {
  const suite = suiteServer();
  const HEADER = 'Bearer of-the-owner-0123456789';

  /** A record of each kind, owned by the first account, and a second account that owns nothing. */
  async function world(t) {
    const {api} = suite;
    const receiver = await Receiver.start(t);
    const {endpoint, secret} = (await api.post('/v1/endpoints', {url: receiver.url, headers: {Authorization: HEADER}}, {status: 201})).body;
    const lead = (await api.post('/v1/leads/create', {phone: newPhone(), firstName: 'Confidential'})).body.lead;
    const contact = (await api.post('/v1/contacts', {firstName: 'Confidential'})).body.data.contact;
    const {apiKey, key} = (await api.post('/v1/keys', {name: 'sync', scopes: ['read']}, {status: 201})).body;
    const {deliveries: [delivery]} = await eventually(async () => (await api.get(`/v1/endpoints/${endpoint.id}/deliveries`)).body,
      ({deliveries}) => deliveries.length > 0, 'a delivery');
    const stranger = api.with((await api.post('/v1/accounts', {name: 'Stranger'}, {status: 201})).body.key);
    return {api, stranger, receiver, endpoint, secret, lead, contact, apiKey, key, delivery};
  }

  /** A body that the route would accept: the first example of the document. */
  function exampleBody({body}) {
    const media = body?.content['application/json'];
    return media && Object.values(media.examples).map(resolve)[0].value;
  }

  test('Each route with an id in its path answers 404, as if there were nothing', async (t) => {
    const {api, stranger, endpoint, lead, contact, apiKey, delivery} = await world(t);
    const ids = {leadId: lead.id, contactId: contact.id, endpointId: endpoint.id, deliveryId: delivery.id, keyId: apiKey.id};
    const templated = operations.filter(({path}) => path.includes('{'));
    assert.ok(templated.length >= 20);
    for (const entry of templated) {
      const path = entry.path.replace(/\{([^}]*)\}/g, (_, name) => {
        const id = ids[name] ?? (entry.path.startsWith('/v1/contacts/') ? ids.contactId : undefined);
        assert.ok(id !== undefined, `an id for ${name}`);
        return id;
      });
      const body = entry.method === 'GET' || entry.method === 'DELETE' ? undefined : exampleBody(entry);
      const answer = await stranger.call(entry.method, path, {body, status: 404});
      assert.ok(!answer.text.includes('Confidential'), path);
    }
    for (const path of [`/v1/leads/${lead.id}`, `/v1/contacts/${contact.id}`, `/v1/endpoints/${endpoint.id}`]) {
      assert.equal((await api.get(path)).body.version ?? 1, 1, 'the owner\'s record is as it was');
    }
    assert.equal((await api.get('/v1/keys')).body.keys.some(({id}) => id === apiKey.id), true);
  });

  test('Routes with an id in the query or the body do not find it either', async (t) => {
    const {stranger, lead, contact} = await world(t);
    await stranger.get(`/v1/leads/lookup?phone=${encodeURIComponent(lead.phone)}`, {status: 404});
    await stranger.get(`/v1/contacts/detail?contactId=${contact.id}`, {status: 404});
    await stranger.put('/v1/contacts', {id: contact.id, firstName: 'Taken over'}, {status: 404});
  });

  test('Lists, searches and the log hold nothing of the other account', async (t) => {
    const {stranger} = await world(t);
    for (const path of ['/v1/leads', '/v1/leads?createdSince=2020-01-01T00:00:00Z', '/v1/contacts', '/v1/contacts?search=confidential', '/v1/endpoints', '/v1/changes', '/v1/keys']) {
      const {text, body} = await stranger.get(path);
      assert.ok(!text.includes('Confidential'), path);
      const list = body.leads ?? body.data?.contacts ?? body.endpoints ?? body.changes;
      if (list) assert.deepEqual(list, [], path);
    }
    const waited = await stranger.get(`/v1/changes?after=latest&wait=1`);
    assert.deepEqual(waited.body.changes, []);
    await stranger.get('/v1/accounts', {status: 403});
    await stranger.post('/v1/accounts', {name: 'More'}, {status: 403});
  });

  test('A cursor cannot be carried over', async (t) => {
    const {api, stranger} = await world(t);
    await api.post('/v1/leads/create', {phone: newPhone()});
    const token = (await api.get('/v1/leads?limit=1')).body.nextToken;
    assert.equal((await stranger.get(`/v1/leads?nextToken=${encodeURIComponent(token)}`, {status: 422})).body.field, 'nextToken');
    const cursor = (await api.get('/v1/changes?limit=1')).body.next;
    assert.equal((await stranger.get(`/v1/changes?after=${encodeURIComponent(cursor)}`, {status: 422})).body.field, 'after');
  });

  test('Phones, contact numbers and Idempotency-Keys are each account\'s own', async (t) => {
    const {api, stranger, lead, contact} = await world(t);
    const headers = {'idempotency-key': `shared-${lead.id}`};
    await api.patch(`/v1/leads/${lead.id}`, {summary: 'Owned'}, {headers});
    const own = await stranger.post('/v1/leads/create', {phone: lead.phone}, {headers});
    assert.equal(own.headers.get('idempotency-replayed'), null);
    assert.notEqual(own.body.id, lead.id);
    assert.equal((await stranger.post('/v1/contacts', {id: contact.id})).body.data.contact.id, contact.id);
    assert.equal((await api.get(`/v1/contacts/${contact.id}`)).body.data.contact.firstName, 'Confidential');
  });

  test('An endpoint gets its own account\'s events alone', async (t) => {
    const {api, stranger} = await world(t);
    const receiver = await Receiver.start(t);
    await stranger.post('/v1/endpoints', {url: receiver.url}, {status: 201});
    const theirs = (await api.post('/v1/leads/create', {phone: newPhone()})).body.id;
    const own = (await stranger.post('/v1/leads/create', {phone: newPhone()})).body.id;
    await receiver.first(({body}) => body.data.id === own, 'the own lead');
    assert.ok(receiver.requests.every(({body}) => body.data.id !== theirs));
  });

  test('Secrets are in no answer but the one that is there to show them, nor in the log, nor readable on disk', async (t) => {
    const {api, stranger, endpoint, secret, key} = await world(t);
    const rotated = (await api.post(`/v1/endpoints/${endpoint.id}/secret/rotate`)).body.secret;
    await api.get(`/v1/endpoints/${endpoint.id}`);
    await api.get('/v1/changes');
    await api.post(`/v1/endpoints/${endpoint.id}/test`);
    await api.with(key).get('/v1/leads');
    const showing = new Set(['createEndpoint', 'getEndpointSecret', 'rotateEndpointSecret', 'createKey', 'createAccount']);
    const hidden = [secret, rotated, HEADER, key, stranger.key, suite.api.key];
    for (const {operation, text, path} of seen.answers.filter((answer) => !showing.has(answer.operation))) {
      for (const each of hidden) assert.ok(!text.includes(each), `${operation} ${path} shows a secret`);
    }
    for (const {operation, text} of seen.answers) assert.ok(!text.includes(HEADER), `${operation} shows a header's value`);
    const log = suite.server.output.replace(`admin key: ${suite.api.key}`, '');
    for (const each of hidden) assert.ok(!log.includes(each), 'the log shows a secret');
    for (const name of ['Confidential']) assert.ok(!log.includes(name), 'the log shows personal data');
    const files = readdirSync(suite.folder).filter((name) => name.startsWith('deltapost.db'));
    assert.ok(files.length > 0);
    for (const file of files) {
      const bytes = readFileSync(join(suite.folder, file));
      for (const each of hidden) assert.equal(bytes.indexOf(each), -1, `${file} holds a secret in the clear`);
    }
  });
});
