// Deliveries that do not go well: retries, holds, dead letters, resend, recover, pausing, slow and gone endpoints.
import assert from 'node:assert/strict';
import {createServer} from 'node:http';
import {describe, test} from 'node:test';
import {Receiver} from './receiver.mjs';
import {eventually, newPhone, suiteServer} from './support.mjs';

describe('Deliveries', () => {
  const suite = suiteServer();

  async function subscribe(t, receiver, input = {}) {
    const body = {url: receiver.url, events: ['lead.created', 'lead.updated'], retrySchedule: [1, 1, 1, 1, 1], ...input};
    const {endpoint} = (await suite.api.post('/v1/endpoints', body, {status: 201})).body;
    t.after(() => suite.api.call('DELETE', `/v1/endpoints/${endpoint.id}`, {status: 204}));
    return `/v1/endpoints/${endpoint.id}`;
  }

  const createLead = async () => (await suite.api.post('/v1/leads/create', {phone: newPhone()})).body.id;
  const update = (id, n) => suite.api.patch(`/v1/leads/${id}`, {additionalInfo: {n: String(n)}});
  const deliveries = async (endpoint, query = '') => (await suite.api.get(`${endpoint}/deliveries${query}`)).body.deliveries;
  /** The deliveries of a state, once `accept` likes them. */
  const settled = (endpoint, state, accept, what) => eventually(() => deliveries(endpoint, `?state=${state}`), accept, what);
  const record = (id) => (request) => request.body.data.id === id;

  test('A failed event is tried again with the same id and holds back its own record alone', async (t) => {
    let refuse = true;
    let troubled;
    const receiver = await Receiver.start(t, (request) => ({status: refuse && request.body.data.id === troubled ? 500 : 200, body: 'no'}));
    const endpoint = await subscribe(t, receiver, {state: 'paused'});
    troubled = await createLead();
    await update(troubled, 1);
    await update(troubled, 2);
    const well = [await createLead(), await createLead()];
    await suite.api.patch(endpoint, {state: 'active'});
    await receiver.until((all) => well.every((id) => all.some(record(id))), 'the other records');
    await receiver.until((all) => all.filter(record(troubled)).length >= 2, 'a second try');
    assert.deepEqual([...new Set(receiver.requests.filter(record(troubled)).map(({version}) => version))], [1], 'later versions wait');
    refuse = false;
    const requests = (await receiver.until((all) => all.some((r) => record(troubled)(r) && r.version === 3), 'version 3')).filter(record(troubled));
    const first = requests.filter(({version}) => version === 1);
    assert.equal(new Set(first.map(({id}) => id)).size, 1);
    assert.deepEqual(first.map(({attempt}) => attempt), first.map((_, i) => i + 1));
    assert.deepEqual(requests.slice(first.length).map(({version}) => version), [2, 3]);
    const [delivered] = (await settled(endpoint, 'delivered', (list) => list.some((d) => d.eventId === first[0].id), 'the delivery'))
      .filter((d) => d.eventId === first[0].id);
    const detail = (await suite.api.get(`${endpoint}/deliveries/${delivered.id}`)).body;
    assert.deepEqual(detail.attempts.map(({outcome, status}) => [outcome, status]),
      [...Array(first.length - 1).fill(['retrying', 500]), ['delivered', 200]]);
    assert.equal(detail.attempts[0].response, 'no');
  });

  test('The apten timestamp is the same on every retry', async (t) => {
    const receiver = await Receiver.start(t, (request, n) => ({status: n < 3 ? 503 : 200}));
    await subscribe(t, receiver, {format: 'apten'});
    await createLead();
    const requests = await receiver.count(3);
    assert.equal(new Set(requests.map(({text}) => text)).size, 1);
    assert.equal(new Set(requests.map(({headers}) => headers['webhook-timestamp'])).size > 1, true, 'the signed time is of each try');
  });

  test('Retry-After is honoured, in seconds and as a date', async (t) => {
    for (const retryAfter of ['3600', new Date(Date.now() + 3_600_000).toUTCString()]) {
      const receiver = await Receiver.start(t, () => ({status: 503, headers: {'retry-after': retryAfter}}));
      const endpoint = await subscribe(t, receiver);
      await createLead();
      const [held] = await settled(endpoint, 'retrying', (list) => list.length === 1 && list[0].tries === 1, 'the held delivery');
      const wait = (Date.parse(held.nextTryAt) - Date.parse(held.lastAttemptAt)) / 1000;
      assert.ok(wait > 3500 && wait < 3700, `${wait} s`);
      assert.equal(held.status, 503);
    }
  });

  test('410 Gone disables the endpoint, with its reason and an event about it', async (t) => {
    const watcher = await Receiver.start(t);
    await subscribe(t, watcher, {events: ['endpoint.disabled']});
    const receiver = await Receiver.start(t, () => ({status: 410}));
    const endpoint = await subscribe(t, receiver);
    await createLead();
    const told = await watcher.first(() => true, 'endpoint.disabled');
    assert.equal(told.body.type, 'endpoint.disabled');
    assert.equal(`/v1/endpoints/${told.body.data.id}`, endpoint);
    const now = (await suite.api.get(endpoint)).body;
    assert.equal(now.state, 'disabled');
    assert.match(now.disabledReason, /410/);
    assert.ok(!told.text.includes('whsec_'));
    receiver.answer = () => ({status: 200});
    const {body} = await suite.api.patch(endpoint, {state: 'active'});
    assert.equal(body.endpoint.disabledReason, null);
    const id = await createLead();
    await receiver.first(record(id), 'an event after it was enabled again');
    assert.equal(receiver.requests.length, 2, 'what was missed is not sent by itself');
  });

  test('A redirect is a failure and is not followed', async (t) => {
    const elsewhere = await Receiver.start(t);
    const receiver = await Receiver.start(t, () => ({status: 307, headers: {location: elsewhere.url}}));
    const endpoint = await subscribe(t, receiver);
    await createLead();
    const [held] = await settled(endpoint, 'retrying', (list) => list.length === 1 && list[0].tries > 0, 'the held delivery');
    assert.equal(held.status, 307);
    assert.match(held.error, /redirect/);
    assert.equal(elsewhere.requests.length, 0);
  });

  test('An exhausted schedule sets the event aside, its record goes on, and a resend delivers it', async (t) => {
    let refuse = true;
    const receiver = await Receiver.start(t, (request) => ({status: refuse && request.version === 1 ? 500 : 200}));
    const endpoint = await subscribe(t, receiver, {retrySchedule: [1]});
    const id = await createLead();
    await update(id, 1);
    await receiver.first((request) => record(id)(request) && request.version === 2, 'the next event of the record');
    assert.equal(receiver.requests.filter(({version}) => version === 1).length, 2);
    const [dead] = await settled(endpoint, 'dead', (list) => list.length === 1, 'the dead delivery');
    assert.equal(dead.tries, 2);
    assert.equal(dead.nextTryAt, null);
    refuse = false;
    await suite.api.post(`${endpoint}/deliveries/${dead.id}/resend`, undefined, {status: 202});
    await receiver.until((all) => all.filter(({version}) => version === 1).length === 3, 'the resent event');
    assert.equal(receiver.requests.at(-1).id, dead.eventId);
    assert.deepEqual(await settled(endpoint, 'dead', (list) => list.length === 0, 'no dead delivery'), []);
    assert.equal((await suite.api.get(`${endpoint}/deliveries/${dead.id}`)).body.state, 'delivered');
  });

  test('Recovering sends what was missed, and only that', async (t) => {
    const since = new Date().toISOString();
    let refused = new Set();
    const receiver = await Receiver.start(t, (request) => ({status: refused.has(request.body.data.id) ? 500 : 200}));
    const endpoint = await subscribe(t, receiver, {retrySchedule: [1], state: 'paused'});
    const ids = [];
    for (let i = 0; i < 6; i++) ids.push(await createLead());
    refused = new Set(ids.slice(0, 3));
    await suite.api.patch(endpoint, {state: 'active'});
    await settled(endpoint, 'dead', (list) => list.length === 3, 'three dead deliveries');
    await settled(endpoint, 'delivered', (list) => list.length === 3, 'three delivered ones');
    refused = new Set();
    const before = receiver.requests.length;
    const {body} = await suite.api.post(`${endpoint}/recover`, {since}, {status: 202});
    assert.ok(body.entries >= 6, `${body.entries}`);
    await settled(endpoint, 'delivered', (list) => list.length === 6, 'all delivered');
    await settled(endpoint, 'dead', (list) => list.length === 0, 'no dead one left');
    const last = await createLead();
    await receiver.first(record(last), 'what happened after');
    assert.deepEqual(receiver.requests.slice(before).map((request) => request.body.data.id).sort(), [...ids.slice(0, 3), last].sort());
  });

  test('Recovering reaches back before the endpoint was made', async (t) => {
    const since = new Date().toISOString();
    const id = await createLead();
    const receiver = await Receiver.start(t);
    const endpoint = await subscribe(t, receiver);
    await suite.api.post(`${endpoint}/recover`, {since}, {status: 202});
    await receiver.first(record(id), 'the older event');
  });

  test('A paused endpoint keeps its place', async (t) => {
    const receiver = await Receiver.start(t);
    const witness = await Receiver.start(t);
    const endpoint = await subscribe(t, receiver);
    await subscribe(t, witness);
    const id = await createLead();
    await receiver.count(1);
    await suite.api.patch(endpoint, {state: 'paused'});
    for (let n = 0; n < 5; n++) await update(id, n);
    await witness.first((request) => request.version === 6, 'the last event at another endpoint');
    assert.equal(receiver.requests.length, 1);
    await suite.api.patch(endpoint, {state: 'active'});
    await receiver.first((request) => request.version === 6, 'the last event');
    assert.deepEqual(receiver.requests.map(({version}) => version), [1, 2, 3, 4, 5, 6]);
  });

  test('An endpoint that does not answer in time is tried again', async (t) => {
    let release;
    const held = new Promise((resolve) => { release = resolve; });
    t.after(() => release());
    const receiver = await Receiver.start(t, async (request, n) => {
      if (n === 1) await held;
      return {status: 200};
    });
    const endpoint = await subscribe(t, receiver, {timeoutMs: 200});
    await createLead();
    await receiver.until((all) => all.some(({answered}) => answered), 'the answered try');
    const [delivered] = await settled(endpoint, 'delivered', (list) => list.length === 1, 'the delivery');
    const {attempts} = (await suite.api.get(`${endpoint}/deliveries/${delivered.id}`)).body;
    assert.equal(attempts[0].status, null);
    assert.match(attempts[0].error, /timed out/);
    assert.ok(attempts[0].latencyMs >= 200);
  });

  test('A slow endpoint delays no other', async (t) => {
    let release;
    const held = new Promise((resolve) => { release = resolve; });
    t.after(() => release());
    const slow = await Receiver.start(t, async () => { await held; return {status: 200}; });
    const fast = await Receiver.start(t);
    await subscribe(t, slow, {timeoutMs: 30000});
    await subscribe(t, fast);
    const ids = await Promise.all(Array.from({length: 60}, createLead));
    await fast.until((all) => ids.every((id) => all.some(record(id))), 'all events at the fast endpoint');
    assert.ok(slow.requests.length > 0 && slow.requests.every(({answered}) => !answered));
  });

  test('No more requests are in flight at once than the endpoint allows', async (t) => {
    let open = 0, most = 0;
    let release;
    const full = new Promise((resolve) => { release = resolve; });
    const receiver = await Receiver.start(t, async () => {
      most = Math.max(most, ++open);
      if (open === 3) release();
      await full;
      open--;
      return {status: 200};
    });
    const endpoint = await subscribe(t, receiver, {concurrency: 3, state: 'paused'});
    const ids = await Promise.all(Array.from({length: 20}, createLead));
    await suite.api.patch(endpoint, {state: 'active'});
    await receiver.until((all) => ids.every((id) => all.some(record(id))), 'all events');
    assert.equal(most, 3);
  });

  test('Of an answer the first 16 KiB are kept', async (t) => {
    const receiver = await Receiver.start(t, () => ({status: 200, body: 'x'.repeat(20 * 1024)}));
    const endpoint = await subscribe(t, receiver);
    await createLead();
    const [delivered] = await settled(endpoint, 'delivered', (list) => list.length === 1, 'the delivery');
    const {attempts} = (await suite.api.get(`${endpoint}/deliveries/${delivered.id}`)).body;
    assert.equal(attempts[0].response, 'x'.repeat(16 * 1024));
  });

  test('A receiver that is down gets its events when it is back', async (t) => {
    const receiver = await Receiver.start(t);
    const port = new URL(receiver.url).port;
    await receiver.stop();
    const endpoint = await subscribe(t, receiver);
    const id = await createLead();
    await update(id, 1);
    const [held] = await settled(endpoint, 'retrying', (list) => list.length === 1 && list[0].tries > 0, 'the held delivery');
    assert.match(held.error, /refused/);
    assert.equal(held.status, null);
    const versions = [];
    const back = createServer((request, response) => {
      versions.push(Number(request.headers['deltapost-record-version']));
      request.resume().on('end', () => response.end());
    });
    await new Promise((resolve) => back.listen(port, '127.0.0.1', resolve));
    t.after(() => { back.closeAllConnections(); back.close(); });
    await settled(endpoint, 'delivered', (list) => list.length === 2, 'both events');
    assert.deepEqual(versions, [1, 2]);
  });

  test('An order of none lets later events of a record pass', async (t) => {
    const receiver = await Receiver.start(t, (request) => ({status: request.version === 1 ? 500 : 200}));
    await subscribe(t, receiver, {order: 'none', retrySchedule: [3600]});
    const id = await createLead();
    await update(id, 1);
    await receiver.first((request) => record(id)(request) && request.version === 2, 'the later event');
  });

  test('Deliveries are listed latest first, page by page, each once', async (t) => {
    const receiver = await Receiver.start(t, (request, n) => ({status: n === 2 ? 500 : 200}));
    const endpoint = await subscribe(t, receiver);
    const id = await createLead();
    for (let n = 0; n < 6; n++) await update(id, n);
    await settled(endpoint, 'delivered', (list) => list.length === 7, 'all seven');
    const listed = [];
    for (let next = '';;) {
      const page = (await suite.api.get(`${endpoint}/deliveries?limit=3${next}`)).body;
      listed.push(...page.deliveries);
      if (page.nextToken === null) break;
      next = `&nextToken=${encodeURIComponent(page.nextToken)}`;
    }
    assert.deepEqual(listed.map(({version}) => version), [7, 6, 5, 4, 3, 2, 1]);
    assert.deepEqual(listed.map(({tries}) => tries), [1, 1, 1, 1, 1, 2, 1]);
    assert.ok(listed.every(({recordId, kind, state}) => recordId === id && kind === 'lead' && state === 'delivered'));
  });

  test('Deliveries that wait are listed page by page, too, and name a contact by its number', async (t) => {
    const receiver = await Receiver.start(t, () => ({status: 500}));
    const endpoint = await subscribe(t, receiver, {events: ['newContactCreated'], retrySchedule: [3600]});
    const ids = [];
    for (let i = 0; i < 5; i++) ids.push((await suite.api.post('/v1/contacts', {})).body.data.contact.id);
    await settled(endpoint, 'retrying', (list) => list.length === 5, 'five that wait');
    const listed = [];
    for (let next = '';;) {
      const page = (await suite.api.get(`${endpoint}/deliveries?state=retrying&limit=2${next}`)).body;
      assert.ok(page.deliveries.length <= 2);
      listed.push(...page.deliveries.map(({recordId}) => recordId));
      if (page.nextToken === null) break;
      next = `&nextToken=${encodeURIComponent(page.nextToken)}`;
    }
    assert.deepEqual(listed.sort((a, b) => a - b), ids);
  });

  test('An event that the endpoint did not want cannot be resent to it', async (t) => {
    const receiver = await Receiver.start(t);
    const wanted = await subscribe(t, receiver, {events: ['lead.created']});
    const unwanted = await subscribe(t, receiver, {events: ['lead.deleted']});
    await createLead();
    const [delivered] = await settled(wanted, 'delivered', (list) => list.length === 1, 'the delivery');
    await suite.api.get(`${unwanted}/deliveries/${delivered.id}`, {status: 404});
    await suite.api.post(`${unwanted}/deliveries/${delivered.id}/resend`, undefined, {status: 404});
  });

  test('A deleted endpoint gets nothing more', async (t) => {
    const receiver = await Receiver.start(t, () => ({status: 500}));
    const witness = await Receiver.start(t);
    await subscribe(t, witness);
    const {endpoint} = (await suite.api.post('/v1/endpoints', {url: receiver.url, events: ['lead.created'], retrySchedule: [1]}, {status: 201})).body;
    await createLead();
    await receiver.count(1);
    await suite.api.delete(`/v1/endpoints/${endpoint.id}`, {status: 204});
    const arrived = receiver.requests.length;
    const id = await createLead();
    await witness.first(record(id), 'the event at another endpoint');
    assert.ok(receiver.requests.length <= arrived + 1, 'only a try that was on its way');
    assert.ok(!receiver.requests.some(record(id)));
  });
});
