// A network that is against us: endpoints that misbehave, each in one way of its own, beside one that is well. The well one
// gets everything, in order; the others are tried again as scheduled, with a reason that a person understands; memory and
// descriptors stay bounded.
import assert from 'node:assert/strict';
import {readFileSync, readdirSync, rmSync} from 'node:fs';
import {createServer} from 'node:https';
import {after, before, describe, test} from 'node:test';
import {FaultyPeer, faults, makeCertificates} from './faulty_peers.mjs';
import {Receiver} from './receiver.mjs';
import {Client, Server, eventually, inParallel, newPhone, temporaryFolder} from './support.mjs';

const MiB = 1 << 20;
// What the server may take at its worst: generous, for builds with sanitizers, too, and far below the 1 GiB that is sent.
const MOST_MEMORY = 400 * MiB;
// What of that GiB may be on its way in the kernel's buffers when the connection is closed.
const MOST_POURED = 64 * MiB;
const LEADS = 2, UPDATES = 10;

const descriptors = (server) => readdirSync(`/proc/${server.process.pid}/fd`).length;
const peakMemory = (server) => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${server.process.pid}/status`, 'utf8'))[1]) * 1024;

describe('A faulty network', () => {
  let folder, server, api, certificates;
  before(async () => {
    folder = temporaryFolder();
    certificates = makeCertificates(folder);
    server = await Server.start(folder, {args: ['--ca-file', certificates.file]});
    api = new Client(server, await server.adminKey());
  });
  after(async () => {
    await server?.stop('SIGKILL');
    rmSync(folder, {recursive: true, force: true});
  });

  async function subscribe(t, url, input = {}) {
    const {endpoint} = (await api.post('/v1/endpoints', {url, events: ['lead.created'], ...input}, {status: 201})).body;
    t.after(() => api.call('DELETE', `/v1/endpoints/${endpoint.id}`, {status: 204}));
    return `/v1/endpoints/${endpoint.id}`;
  }

  /** To ask again and again for what no answer tells: the server gets a turn each time, and so does this process. */
  const asked = (look) => async () => { await api.get('/livez'); return look(); };

  test('Endpoints that misbehave are tried again, say why, and cost the well one nothing', async (t) => {
    const atRest = descriptors(server);
    const bad = [];
    for (const [name, fault] of Object.entries(faults)) {
      const peer = await FaultyPeer.start(t, fault, certificates);
      const endpoint = await subscribe(t, peer.url, {retrySchedule: [1, 3600], timeoutMs: fault.slow ? 300 : 20_000});
      bad.push({name, fault, peer, endpoint});
    }
    const well = await Receiver.start(t);
    await subscribe(t, well.url, {events: ['lead.created', 'lead.updated']});

    const ids = await Promise.all(Array.from({length: LEADS}, async () => (await api.post('/v1/leads/create', {phone: newPhone()})).body.id));
    await Promise.all(ids.map(async (id) => {
      for (let n = 0; n < UPDATES; n++) await api.patch(`/v1/leads/${id}`, {additionalInfo: {n: String(n)}});
    }));
    await well.count(LEADS * (1 + UPDATES));
    for (const id of ids) {
      const versions = well.requests.filter(({body}) => body.data.id === id).map(({version}) => version);
      assert.deepEqual(versions, Array.from({length: 1 + UPDATES}, (_, i) => i + 1));
    }

    // Each of them has failed twice and waits for the hour that its schedule says.
    for (const {name, fault, peer, endpoint} of bad) {
      const list = async () => (await api.get(`${endpoint}/deliveries?state=retrying`)).body.deliveries;
      const held = await eventually(list, (all) => all.length === LEADS && all.every(({tries, nextTryAt}) => tries === 2 && nextTryAt),
        `two tries of each event at the endpoint that ${name}`);
      for (const delivery of held) {
        const wait = (Date.parse(delivery.nextTryAt) - Date.parse(delivery.lastAttemptAt)) / 1000;
        assert.ok(wait > 3600 * 0.79 && wait < 3600 * 1.21, `${name}: ${wait} s until the next try`);
        assert.match(delivery.error, fault.error, name);
        const {attempts} = (await api.get(`${endpoint}/deliveries/${delivery.id}`)).body;
        assert.equal(attempts.length, 2, name);
        for (const attempt of attempts) {
          assert.equal(attempt.outcome, 'retrying', name);
          assert.match(attempt.error, fault.error, name);
          assert.equal(attempt.status, fault.status ?? null, name);
        }
      }
      assert.equal((await api.get(endpoint)).body.state, 'active', name);
      if (fault.pours) assert.ok(peer.told.bytes < peer.connections * MOST_POURED, `${peer.told.bytes} bytes were taken`);
    }
    assert.ok(peakMemory(server) < MOST_MEMORY, `${peakMemory(server) / MiB} MiB`);
    t.diagnostic(`${bad.length} misbehave; the server took ${Math.round(peakMemory(server) / MiB)} MiB at its worst`);

    // What is kept open is what keep-alive keeps; with the peers gone and looked at again, nothing is left.
    await Promise.all(bad.map(({peer}) => peer.stop()));
    await well.stop();
    await eventually(asked(() => descriptors(server)), (count) => count <= atRest + kept(bad), 'closed descriptors');
  });

  /** Connections that a peer closes while they are idle are noticed when they are used or their time is over. */
  const kept = (bad) => bad.filter(({fault}) => fault.status).length * LEADS + LEADS;

  test('An answer of 1 GiB that says 200 is a delivery, and is not read to its end', async (t) => {
    const fault = faults['refuses with a body of 1 GiB'];
    const serve = (socket, told) => fault.serve(Object.assign(Object.create(socket), {
      write: (bytes) => socket.write(typeof bytes === 'string' ? bytes.replace('500 Internal Server Error', '200 OK') : bytes),
    }), told);
    const peer = await FaultyPeer.start(t, {serve}, certificates);
    const endpoint = await subscribe(t, peer.url);
    await api.post('/v1/leads/create', {phone: newPhone()});
    const delivered = async () => (await api.get(`${endpoint}/deliveries?state=delivered`)).body.deliveries;
    const [{tries}] = await eventually(delivered, (all) => all.length === 1, 'the delivery');
    assert.equal(tries, 1);
    assert.ok(peer.told.bytes < MOST_POURED, `${peer.told.bytes} bytes were taken`);
    assert.ok(peakMemory(server) < MOST_MEMORY);
  });

  test('A certificate of the authority that is trusted is taken', async (t) => {
    const paths = [];
    const right = createServer(certificates.good, (request, response) => {
      paths.push(request.url);
      request.resume().on('end', () => response.end());
    });
    await new Promise((resolve) => right.listen(0, '127.0.0.1', resolve));
    t.after(() => { right.closeAllConnections(); right.close(); });
    const endpoint = await subscribe(t, `https://127.0.0.1:${right.address().port}/right`);
    await api.post('/v1/leads/create', {phone: newPhone()});
    await eventually(async () => (await api.get(`${endpoint}/deliveries?state=delivered`)).body.deliveries, (all) => all.length === 1, 'the delivery');
    assert.deepEqual(paths, ['/right']);
  });

  test('A connection that is closed just as it is used again costs no try', async (t) => {
    // Each connection answers once and, asked a second time, closes without a byte.
    const requests = [];
    const serve = (socket) => {
      let asked = 0;
      socket.on('data', (data) => {
        requests.push(data);
        if (++asked > 1) return socket.destroy();
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      });
    };
    const peer = await FaultyPeer.start(t, {serve}, certificates);
    const endpoint = await subscribe(t, peer.url, {concurrency: 1, state: 'paused'});
    await inParallel(12, 4, () => api.post('/v1/leads/create', {phone: newPhone()}));
    await api.patch(endpoint, {state: 'active'});
    const delivered = async () => (await api.get(`${endpoint}/deliveries?state=delivered`)).body.deliveries;
    const all = await eventually(delivered, (list) => list.length === 12, 'twelve deliveries');
    assert.ok(all.every(({tries}) => tries === 1), 'none counts as a failed try');
    assert.ok(peer.connections > 1, 'connections were closed and replaced');
  });

  test('An endpoint that hangs holds no more connections than its concurrency', async (t) => {
    const peer = await FaultyPeer.start(t, faults['accepts and hangs'], certificates);
    const well = await Receiver.start(t);
    const hanging = 3, working = 2, calling = 8;
    await subscribe(t, peer.url, {concurrency: hanging, timeoutMs: 30_000});
    await subscribe(t, well.url, {concurrency: working});
    const before = descriptors(server);
    const ids = [];
    await inParallel(60, calling, async () => ids.push((await api.post('/v1/leads/create', {phone: newPhone()})).body.id));
    await well.until((all) => ids.every((id) => all.some(({body}) => body.data.id === id)), 'all events at the well endpoint');
    await eventually(asked(() => peer.connections), (count) => count === hanging, 'connections that hang');
    const opened = descriptors(server) - before;
    assert.ok(opened < ids.length, `${opened} descriptors more, though those that wait need none`);
    assert.equal(peer.connections, hanging);
  });
});
