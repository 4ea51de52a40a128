// The server is ended in the middle of 10,000 deliveries, politely and not, and started again on the same store.
// Counted are the writes that were acknowledged and the webhooks that arrived.
import assert from 'node:assert/strict';
import {join} from 'node:path';
import {describe, test} from 'node:test';
import {Receiver} from './receiver.mjs';
import {Client, Server, inParallel, newPhone, run, temporaryFolder, within} from './support.mjs';

const LEADS = 100, VERSIONS = 25, EVENTS_PER_CHANGE = 2, ENDPOINTS = 2;
const PER_ENDPOINT = LEADS * VERSIONS * EVENTS_PER_CHANGE;  // times two endpoints: 10,000 deliveries
const STOP_AFTER = 1500;  // webhooks at the first endpoint
const WINDOW = 1024;  // how far back an unannounced end may reach

/** The server that is up now; writers wait on it while there is none. */
class Running {
  async start(folder) {
    this.folder = folder;
    await this.again();
    this.key = await this.server.adminKey();
  }
  async again() {
    this.server = await Server.start(this.folder);
    this.up = Promise.resolve();
  }
  async end(signal) {
    let back;
    this.up = new Promise((resolve) => { back = resolve; });
    const ended = await this.server.stop(signal);
    return {ended, restart: async () => { const wait = back; await this.again(); wait(); }};
  }
  get api() { return new Client(this.server, this.key); }

  /** Repeats a write, with its Idempotency-Key, until a running server has answered it with a 2xx. */
  async write(method, path, body, idempotencyKey) {
    for (;;) {
      await this.up;
      const {server} = this;
      try {
        const response = await within(fetch(server.url + path, {
          method, body: JSON.stringify(body),
          headers: {authorization: `Bearer ${this.key}`, 'content-type': 'application/json', 'idempotency-key': idempotencyKey},
        }), `an answer to ${method} ${path}`);
        const answer = await response.json();
        if (response.ok) return answer;
        assert.equal(response.status, 503, JSON.stringify(answer));
      } catch (error) {
        if (error instanceof assert.AssertionError || /waited in vain/.test(error.message)) throw error;
      }
      await within(server.exited, 'the end of a server that stopped answering');
    }
  }
}

async function interrupted(t, signal) {
  const running = new Running();
  await running.start(temporaryFolder(t));
  t.after(() => running.server.stop('SIGKILL'));
  const receivers = [];
  for (let i = 0; i < ENDPOINTS; i++) {
    const receiver = await Receiver.start(t);
    receivers.push(receiver);
    // Patient, so that on a busy machine no request is given up that the receiver then answers.
    const {endpoint} = (await running.api.post('/v1/endpoints', {
      url: receiver.url, events: ['lead.created', 'lead.updated', 'lead.additionalInfo.updated'],
      timeoutMs: 30_000, retrySchedule: Array(20).fill(1),
    }, {status: 201})).body;
    receiver.endpoint = `/v1/endpoints/${endpoint.id}`;
  }

  const acknowledged = [];
  const writing = inParallel(LEADS, LEADS, async (i) => {
    const {id} = await running.write('POST', '/v1/leads/create', {phone: newPhone(), additionalInfo: {n: '1'}}, `create-${i}`);
    acknowledged.push([id, 1]);
    for (let n = 2; n <= VERSIONS; n++) {
      const {version} = await running.write('PATCH', `/v1/leads/${id}`, {additionalInfo: {n: String(n)}}, `update-${i}-${n}`);
      assert.equal(version, n);
      acknowledged.push([id, version]);
    }
  });
  const progress = receivers[0].count(STOP_AFTER);
  await Promise.race([progress, writing.then(() => progress)]);

  const {ended, restart} = await running.end(signal);
  const atEnd = receivers.map(({requests}) => ({
    arrived: requests.length,
    unanswered: new Set(requests.filter(({answered}) => !answered).map(({id}) => id)),
    recent: new Set(requests.slice(-WINDOW).map(({id}) => id)),
  }));
  assert.ok(atEnd[0].arrived < PER_ENDPOINT, 'it ended in the middle');
  await restart();
  await writing;

  const distinct = (requests) => new Set(requests.map(({id}) => id)).size;
  for (const receiver of receivers) {
    await receiver.until((all) => distinct(all) >= PER_ENDPOINT, `${PER_ENDPOINT} events`)
      .catch(async (error) => assert.fail(`${error.message}\n${await standing(running.api, receiver.endpoint)}`));
  }
  return {running, receivers, acknowledged, ended, atEnd};
}

/** How an endpoint is doing, for the message of a test that waited in vain for it. */
async function standing(api, endpoint) {
  const [{text: status}, {text: waiting}] = [await api.get(endpoint), await api.get(`${endpoint}/deliveries?state=retrying`)];
  return `${status}\n${waiting}`;
}

async function nothingLostAndInOrder({running, receivers, acknowledged}) {
  const changes = await running.api.allChanges('&kind=lead');
  assert.equal(changes.length, LEADS * VERSIONS, 'each write was made once');
  assert.equal(acknowledged.length, changes.length);
  const known = new Set(changes.map(({id, version}) => `${id} ${version}`));
  for (const [id, version] of acknowledged) assert.ok(known.has(`${id} ${version}`), `${id} ${version} was acknowledged and is gone`);

  const place = new Map();
  for (const {id, version, events} of changes) events.forEach((event, i) => place.set(event.id, {id, at: version * EVENTS_PER_CHANGE + i}));
  assert.equal(place.size, PER_ENDPOINT);
  for (const {requests} of receivers) {
    const last = new Map(), seen = new Set();
    for (const {id} of requests) {
      assert.ok(place.has(id), `an event that the log does not know: ${id}`);
      if (seen.has(id)) continue;
      seen.add(id);
      const {id: record, at} = place.get(id);
      assert.ok(at > (last.get(record) ?? 0), `an event of ${record} overtook another`);
      last.set(record, at);
    }
    assert.equal(seen.size, PER_ENDPOINT);
  }

  assert.equal((await running.server.stop()).code, 0);
  const {status, stdout, stderr} = run('verify', '--store', join(running.folder, 'deltapost.db'));
  assert.equal(status, 0, `the history does not add up: ${stdout}${stderr}`);
}

const repeated = ({requests}) => {
  const counts = new Map();
  for (const {id} of requests) counts.set(id, (counts.get(id) ?? 0) + 1);
  return [...counts].filter(([, count]) => count > 1);
};

describe('A restart in the middle of 10,000 deliveries', () => {
  test('SIGTERM: none is lost, each record in order, and repeated only what was in flight', async (t) => {
    const result = await interrupted(t, 'SIGTERM');
    assert.deepEqual(result.ended, {code: 0, signal: null}, result.running.server.output);
    await nothingLostAndInOrder(result);
    result.receivers.forEach((receiver, i) => {
      for (const [id] of repeated(receiver)) {
        assert.ok(result.atEnd[i].unanswered.has(id), `${id} had been answered before the end: ` + JSON.stringify(
          receiver.requests.flatMap((r, place) => (r.id === id ? [{place, attempt: r.attempt, answered: r.answered, of: result.atEnd[i].arrived}] : []))));
      }
    });
  });

  test('SIGKILL: none is lost, each record in order, and few of the latest are repeated', async (t) => {
    const result = await interrupted(t, 'SIGKILL');
    assert.equal(result.ended.signal, 'SIGKILL');
    await nothingLostAndInOrder(result);
    result.receivers.forEach((receiver, i) => {
      const repeats = repeated(receiver);
      for (const [id, count] of repeats) {
        assert.ok(result.atEnd[i].recent.has(id), `${id} was delivered long before the end`);
        assert.equal(count, 2, `${id} came ${count} times`);
      }
      t.diagnostic(`repeated at endpoint ${i + 1}: ${repeats.length} of ${receiver.requests.length}`);
    });
  });
});
