// A disk that is full, read-only, or cannot sync: refused in clear words, nothing acknowledged is lost, and it goes on when it can.
import assert from 'node:assert/strict';
import {spawn, spawnSync} from 'node:child_process';
import {closeSync, openSync, rmSync, writeFileSync, writeSync} from 'node:fs';
import {join} from 'node:path';
import {describe, test} from 'node:test';
import {Receiver} from './receiver.mjs';
import {Client, Server, eventually, inParallel, newPhone, run, runUnder, temporaryFolder, within, withTroubledSync} from './support.mjs';

/** Why a file system of our own cannot be mounted here; false when it can. */
function noMounts() {
  const tried = spawnSync('unshare', ['-m', '--propagation', 'private', 'sh', '-c', 'mount -t tmpfs -o size=1m none /mnt'], {encoding: 'utf8'});
  return tried.status === 0 ? false : `a file system in a mount namespace of its own is refused here: ${tried.error?.message ?? tried.stderr.trim()}`;
}
const skip = noMounts();

/** A small file system that only those see who are started with `wrap`; gone with this process, whatever happens. */
class SmallDisk {
  static async mount(t, size) {
    const disk = new SmallDisk();
    disk.folder = temporaryFolder(t);
    const script = 'mount -t tmpfs -o "size=$1" deltapost "$0" && echo mounted && exec cat >/dev/null';  // until its input ends
    disk.holder = spawn('unshare', ['-m', '--propagation', 'private', 'sh', '-c', script, disk.folder, size], {stdio: ['pipe', 'pipe', 'inherit']});
    await within(new Promise((resolve) => disk.holder.stdout.once('data', resolve)), 'the mount');
    disk.wrap = ['nsenter', '-t', String(disk.holder.pid), '-m', '--'];
    t.after(() => disk.holder.stdin.end());
    return disk;
  }
  /** A path on it, as this process reaches it. */
  seen(name) { return join(`/proc/${this.holder.pid}/root`, this.folder, name); }
  remount(how) {
    const [program, ...args] = [...this.wrap, 'mount', '-o', `remount,${how}`, this.folder];
    const done = spawnSync(program, args, {encoding: 'utf8'});
    assert.equal(done.status, 0, done.stderr);
  }
  /** Takes all the space there is. */
  fill() {
    const file = openSync(this.seen('ballast'), 'a');
    const block = Buffer.alloc(4096);
    try {
      while (writeSync(file, block) > 0);
    } catch (error) {
      assert.equal(error.code, 'ENOSPC');
    } finally {
      closeSync(file);
    }
  }
  free() { rmSync(this.seen('ballast')); }
}

async function post(server, path, key, body) {
  const response = await within(fetch(server.url + path, {
    method: 'POST', body: JSON.stringify(body), headers: {'content-type': 'application/json', ...key && {authorization: `Bearer ${key}`}},
  }), `an answer to POST ${path}`);
  return {status: response.status, retryAfter: response.headers.get('retry-after'), type: response.headers.get('content-type'), body: await response.json()};
}

function assertFull({status, retryAfter, type, body}) {
  assert.equal(status, 503, JSON.stringify(body));
  assert.match(retryAfter ?? '', /^\d+$/);
  assert.equal(type, 'application/problem+json');
  assert.equal(body.type, 'urn:deltapost:problem:unavailable');
  assert.match(body.detail, /disk is full/);
}

const webhook = (n) => ({leadId: `theirs-${n}`, phone: newPhone(), updatedAt: new Date(1_760_000_000_000 + n).toISOString()});

describe('A full disk', {skip}, () => {
  test('writes and webhooks get 503 and say why, the rest goes on, and so does everything once there is space', async (t) => {
    const disk = await SmallDisk.mount(t, '6m');
    const store = join(disk.folder, 'deltapost.db');
    const folder = temporaryFolder(t);
    const server = await Server.start(folder, {store, wrap: disk.wrap});
    t.after(() => server.stop('SIGKILL'));
    const key = await server.adminKey();
    const api = new Client(server, key);
    const receiver = await Receiver.start(t);
    await api.post('/v1/endpoints', {url: receiver.url, events: ['lead.created']}, {status: 201});
    const {url} = (await api.post('/v1/sources', {
      name: 'theirs', format: 'generic', verifier: 'none',
      mapping: {kind: 'lead', id: '/leadId', time: '/updatedAt', fields: {phone: '/phone'}},
    }, {status: 201})).body;
    const inbound = new URL(url).pathname;

    const acknowledged = [];
    const create = async () => {
      const answer = await post(server, '/v1/leads/create', key, {phone: newPhone(), summary: 'x'.repeat(2000)});
      if (answer.status === 200) acknowledged.push(answer.body.id);
      return answer;
    };
    for (let i = 0; i < 20; i++) assert.equal((await create()).status, 200);
    disk.fill();
    const refused = await eventually(create, ({status}) => status !== 200, 'a refusal for want of space');
    assertFull(refused);
    await inParallel(200, 20, async () => {
      const answer = await create();
      if (answer.status !== 200) assertFull(answer);
    });
    const webhookRefused = await eventually(() => post(server, inbound, null, webhook(acknowledged.length)), ({status}) => status !== 200, 'a refused webhook');
    assertFull(webhookRefused);

    // What needs no space goes on.
    assert.equal((await api.get(`/v1/leads/${acknowledged[0]}`)).status, 200);
    await api.get('/livez', {status: 200});
    await api.get('/metrics', {status: 200});
    const unready = await eventually(() => fetch(`${server.url}/readyz`).then(async (r) => ({status: r.status, body: await r.json()})), ({status}) => status === 503, '/readyz to say so');
    assert.match(unready.body.detail, /disk is full/);
    assert.match(server.output, /the store takes no writes/);
    assert.equal(server.process.exitCode, null, 'it is up');

    // Killed while it is full: what was acknowledged is there for the next one.
    await server.stop('SIGKILL');
    disk.free();
    const again = await Server.start(folder, {store, wrap: disk.wrap});
    t.after(() => again.stop('SIGKILL'));
    const second = new Client(again, key);
    for (const id of acknowledged) await second.get(`/v1/leads/${id}`, {status: 200});
    disk.fill();
    const full = await eventually(() => post(again, '/v1/leads/create', key, {phone: newPhone(), summary: 'x'.repeat(2000)}), ({status, body}) => {
      if (status === 200) acknowledged.push(body.id);
      return status !== 200;
    }, 'a second refusal');
    assertFull(full);
    disk.free();
    // Without a restart this time.
    await eventually(() => post(again, '/v1/leads/create', key, {phone: newPhone()}), ({status, body}) => {
      if (status === 200) acknowledged.push(body.id);
      return status === 200;
    }, 'a write that is taken again');
    await eventually(() => post(again, inbound, null, webhook(1)), ({status}) => status === 200, 'a webhook that is taken again');
    await eventually(() => fetch(`${again.url}/readyz`), ({status}) => status === 200, '/readyz to be content');
    assert.match(again.output, /the store takes writes again/);

    const wanted = new Set((await second.allChanges('&kind=lead')).flatMap(({events}) => events.filter(({type}) => type === 'lead.created').map(({id}) => id)));
    assert.ok(wanted.size >= acknowledged.length);
    await receiver.until((requests) => new Set(requests.map(({id}) => id)).size >= wanted.size, 'every event');
    for (const {id} of receiver.requests) assert.ok(wanted.has(id), `an event of a lead that was never stored: ${id}`);
    assert.deepEqual(await again.stop(), {code: 0, signal: null}, again.output);
    const verified = runUnder(disk.wrap, 'verify', '--store', store);
    assert.equal(verified.status, 0, verified.stdout + verified.stderr);
    t.diagnostic(`${acknowledged.length} acknowledged, ${receiver.requests.length} webhooks for ${wanted.size} events`);
  });

  test('while progress cannot be stored, no event is sent twice to who has taken it', async (t) => {
    const disk = await SmallDisk.mount(t, '6m');
    const server = await Server.start(temporaryFolder(t), {store: join(disk.folder, 'deltapost.db'), wrap: disk.wrap});
    t.after(() => server.stop('SIGKILL'));
    const key = await server.adminKey();
    const api = new Client(server, key);
    let open;
    const opened = new Promise((resolve) => { open = resolve; });
    const receiver = await Receiver.start(t, async () => { await opened; return {status: 200}; });
    await api.post('/v1/endpoints', {url: receiver.url, events: ['lead.created'], timeoutMs: 30_000}, {status: 201});
    const LEADS = 50;
    await inParallel(LEADS, 10, () => api.post('/v1/leads/create', {phone: newPhone()}, {status: 200}));
    await receiver.count(10);
    disk.fill();
    await eventually(() => post(server, '/v1/leads/create', key, {phone: newPhone(), summary: 'x'.repeat(2000)}), ({status}) => status === 503, 'a full disk');
    open();  // what is delivered from here on cannot be remembered
    await receiver.count(LEADS);
    await eventually(() => fetch(`${server.url}/readyz`), ({status}) => status === 503, '/readyz to say so');
    disk.free();
    await eventually(() => fetch(`${server.url}/readyz`), ({status}) => status === 200, '/readyz to be content');
    await api.post('/v1/leads/create', {phone: newPhone()}, {status: 200});
    await receiver.until((all) => all.at(-1).answered && all.length > LEADS, 'an event after it');
    const counts = new Map();
    for (const {id} of receiver.requests) counts.set(id, (counts.get(id) ?? 0) + 1);
    assert.deepEqual([...counts].filter(([, count]) => count > 1), []);
    assert.equal((await server.stop()).code, 0);
  });
});

test('A read-only file system is refused at the start, with the folder and the reason', {skip}, async (t) => {
  const disk = await SmallDisk.mount(t, '6m');
  const store = join(disk.folder, 'deltapost.db');
  const server = await Server.start(temporaryFolder(t), {store, wrap: disk.wrap});
  await server.stop();
  disk.remount('ro');
  const refused = runUnder(disk.wrap, 'serve', '--store', store, '--listen', '127.0.0.1:0');
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /deltapost\.db for writing: Read-only file system/);
});

describe('A disk that cannot sync', () => {
  test('is final: 503, an error in the log, exit code 74; nothing acknowledged is lost', async (t) => {
    const folder = temporaryFolder(t);
    const trigger = join(folder, 'fail-sync');
    const server = await Server.start(folder, {wrap: withTroubledSync({FAIL_SYNC_WHILE: trigger})});
    t.after(() => server.stop('SIGKILL'));
    const key = await server.adminKey();
    const acknowledged = [];
    const refusals = [];
    const write = async () => {
      try {
        const answer = await post(server, '/v1/leads/create', key, {phone: newPhone()});
        if (answer.status === 200) acknowledged.push(answer.body.id);
        else refusals.push(answer);
        return true;
      } catch (error) {
        if (/waited in vain/.test(error.message)) throw error;
        return false;  // it is gone
      }
    };
    await inParallel(50, 10, write);
    assert.equal(acknowledged.length, 50);
    writeFileSync(trigger, '');
    let ended = false;
    const writers = inParallel(10, 10, async () => { while (!ended && await write()); });
    const end = await within(server.exited, 'the end of a server whose disk failed').finally(() => { ended = true; });
    assert.deepEqual(end, {code: 74, signal: null}, server.output);
    await writers;
    assert.ok(refusals.length > 0);
    for (const {status, retryAfter, body} of refusals) {
      assert.equal(status, 503, JSON.stringify(body));
      assert.match(retryAfter ?? '', /^\d+$/);
    }
    assert.match(server.output, /error the store takes no writes .*could not sync/);
    assert.match(server.output, /^deltapost: the disk could not sync the store's file/m);

    rmSync(trigger);
    const again = await Server.start(folder);
    t.after(() => again.stop('SIGKILL'));
    const api = new Client(again, key);
    for (const id of acknowledged) await api.get(`/v1/leads/${id}`, {status: 200});
    await api.post('/v1/leads/create', {phone: newPhone()}, {status: 200});
    assert.equal((await again.stop()).code, 0);
    const {status, stdout, stderr} = run('verify', '--store', join(folder, 'deltapost.db'));
    assert.equal(status, 0, stdout + stderr);
  });
});
