// One account sees nothing of another, on any route; and secrets are in no answer that is not theirs, nor in the log.
import assert from 'node:assert/strict';
import {readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {describe, test} from 'node:test';
import {operations, resolve} from './contract.mjs';
import {Receiver} from './receiver.mjs';
import {Sender} from './senders.mjs';
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
    const sender = await Sender.create(api, {format: 'apten', verifier: 'apten', name: 'Confidential'});
    const {receipt} = await sender.says('quarantined', `{"Confidential": "${lead.id}"}`);
    const stranger = api.with((await api.post('/v1/accounts', {name: 'Stranger'}, {status: 201})).body.key);
    return {api, stranger, receiver, endpoint, secret, lead, contact, apiKey, key, delivery, sender, receipt};
  }

  /** A body that the route would accept: the first example of the document. */
  function exampleBody({body}) {
    const media = body?.content['application/json'];
    return media && Object.values(media.examples).map(resolve)[0].value;
  }

  test('Each route with an id in its path answers 404, as if there were nothing', async (t) => {
    const {api, stranger, endpoint, lead, contact, apiKey, delivery, sender, receipt} = await world(t);
    const ids = {leadId: lead.id, contactId: contact.id, endpointId: endpoint.id, deliveryId: delivery.id, keyId: apiKey.id, sourceId: sender.id, receiptId: receipt};
    // /in/{token} is open to whoever knows the token.
    const templated = operations.filter(({path}) => path.startsWith('/v1/') && path.includes('{'));
    assert.ok(templated.length >= 30);
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
    for (const path of [`/v1/leads/${lead.id}`, `/v1/contacts/${contact.id}`, `/v1/endpoints/${endpoint.id}`, `/v1/sources/${sender.id}`]) {
      assert.equal((await api.get(path)).body.version ?? 1, 1, 'the owner\'s record is as it was');
    }
    assert.equal((await api.get('/v1/keys')).body.keys.some(({id}) => id === apiKey.id), true);
    assert.equal((await api.get(`/v1/receipts/${receipt}`)).body.resolution, null);
    await sender.says('duplicate', `{"Confidential": "${lead.id}"}`);  // its secret is what it was
  });

  test('Routes with an id in the query or the body do not find it either', async (t) => {
    const {api, stranger, lead, contact, sender, receipt} = await world(t);
    await stranger.get(`/v1/leads/lookup?phone=${encodeURIComponent(lead.phone)}`, {status: 404});
    await stranger.get(`/v1/contacts/detail?contactId=${contact.id}`, {status: 404});
    await stranger.put('/v1/contacts', {id: contact.id, firstName: 'Taken over'}, {status: 404});
    assert.deepEqual((await stranger.get(`/v1/receipts?source=${sender.id}`)).body.receipts, []);
    for (const what of ['release', 'drop']) {
      assert.deepEqual((await stranger.post(`/v1/receipts/${what}`, {ids: [receipt]})).body.results, [{id: receipt, error: `there is no receipt ${receipt}`}]);
      assert.deepEqual((await stranger.post(`/v1/receipts/${what}`, {source: sender.id})).body, {results: [], left: 0});
    }
    assert.equal((await api.get(`/v1/receipts/${receipt}`)).body.resolution, null);
  });

  test('Lists, searches and the log hold nothing of the other account', async (t) => {
    const {stranger} = await world(t);
    for (const path of ['/v1/leads', '/v1/leads?createdSince=2020-01-01T00:00:00Z', '/v1/contacts', '/v1/contacts?search=confidential', '/v1/endpoints', '/v1/changes', '/v1/keys', '/v1/sources', '/v1/receipts']) {
      const {text, body} = await stranger.get(path);
      assert.ok(!text.includes('Confidential'), path);
      const list = body.leads ?? body.data?.contacts ?? body.endpoints ?? body.changes ?? body.sources ?? body.receipts;
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

  test('A webhook writes into the account of its source alone', async (t) => {
    const {api, stranger, lead} = await world(t);
    const own = await Sender.create(stranger, {format: 'apten', verifier: 'apten'});
    const event = {event: 'lead.additionalInfo.updated', eventId: lead.id, timestamp: new Date().toISOString(),
      data: {leadId: lead.id, phone: lead.phone, additionalInfo: {state: {old: null, new: 'CA'}}}};
    await own.says('accepted', event);
    assert.deepEqual((await api.get(`/v1/leads/${lead.id}`)).body, lead);
    assert.deepEqual((await stranger.get(`/v1/leads/${lead.id}`)).body.additionalInfo, {state: 'CA'});
    assert.equal((await stranger.get(`/v1/leads/${lead.id}`)).body.firstName, null);
    // What one source has seen is nothing to another.
    await (await Sender.create(api, {format: 'apten', verifier: 'none'})).says('accepted', event);
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
    const {api, stranger, endpoint, secret, key, sender, receipt} = await world(t);
    const rotated = (await api.post(`/v1/endpoints/${endpoint.id}/secret/rotate`)).body.secret;
    await api.get(`/v1/endpoints/${endpoint.id}`);
    await api.get('/v1/changes');
    await api.post(`/v1/endpoints/${endpoint.id}/test`);
    await api.with(key).get('/v1/leads');
    const shared = await Sender.create(api, {format: 'apten', verifier: {scheme: 'token', parameter: 'key'}});
    const inHeader = await Sender.create(api, {format: 'apten', verifier: {scheme: 'token', header: 'X-Token'}});
    const note = {event: 'message.received', timestamp: new Date().toISOString(), data: {}};
    for (const one of [sender, shared, inHeader]) {
      const accepted = await one.says('accepted', note);
      await one.send(note, {signed: false, status: 401});
      await one.says('quarantined', '{');
      await one.receipt(accepted.receipt);
      await api.get(`/v1/receipts/${accepted.receipt}/body`);
      await api.get(`/v1/sources/${one.id}`);
    }
    const [token, rotatedSecret] = [(await api.post(`/v1/sources/${sender.id}/token/rotate`)).body.token, (await api.post(`/v1/sources/${sender.id}/secret/rotate`)).body.secret];
    await api.call('POST', `/in/${token}x`, {raw: '{}', key: null, status: 404});
    const changed = (await api.patch(`/v1/sources/${sender.id}`, {verifier: 'github'})).body.secret;
    for (const path of ['/v1/sources', '/v1/receipts', `/v1/receipts/${receipt}`, '/metrics']) await api.get(path);
    const showing = new Set(['createSource', 'getSourceSecret', 'getSourceSample', 'rotateSourceToken', 'rotateSourceSecret', 'updateSource', 'createEndpoint', 'getEndpointSecret', 'rotateEndpointSecret', 'createKey', 'createAccount']);
    const hidden = [secret, rotated, HEADER, key, stranger.key, suite.api.key, token, rotatedSecret, changed,
      ...[sender, shared, inHeader].flatMap((one) => [one.token, one.secret])];
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
