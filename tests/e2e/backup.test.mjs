// A backup under load, and a server that goes on from it elsewhere: what it holds, and what receivers see.
import assert from 'node:assert/strict';
import {copyFileSync, existsSync, statSync} from 'node:fs';
import {spawn} from 'node:child_process';
import {join} from 'node:path';
import {describe, test} from 'node:test';
import {Receiver} from './receiver.mjs';
import {Client, Server, binary, environment, eventually, freshServer, inParallel, newPhone, run, temporaryFolder, within} from './support.mjs';

/** Runs `deltapost …` beside what this process goes on doing. */
async function runBeside(...args) {
  const child = spawn(binary, args, {env: environment(), stdio: ['ignore', 'pipe', 'pipe']});
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => { output += text; });
  const code = await within(new Promise((resolve) => child.once('close', resolve)), () => `the end of deltapost ${args[0]}: ${output}`);
  return {code, output};
}

const distinct = (requests) => new Set(requests.map(({id}) => id));
const eventsOf = (changes) => changes.flatMap(({events}) => events.filter(({type}) => type === 'lead.updated' || type === 'lead.created'));

describe('Backup and restore', () => {
  test('under load: all that was acknowledged before is in it; deliveries go on, repeated at most since then, with their ids', async (t) => {
    const {server, api} = await freshServer(t);
    const store = join(server.folder, 'deltapost.db');
    const receiver = await Receiver.start(t);
    const {endpoint} = (await api.post('/v1/endpoints', {url: receiver.url, events: ['lead.created', 'lead.updated']}, {status: 201})).body;

    const LEADS = 40;
    const acknowledged = new Map();  // lead -> version
    await inParallel(LEADS, 10, async () => {
      const {id, version} = (await api.post('/v1/leads/create', {phone: newPhone()})).body;
      acknowledged.set(id, version);
    });
    const {body: {deliveries: settled}} = await eventually(() => api.get(`/v1/endpoints/${endpoint.id}/deliveries?state=delivered&limit=100`),
      ({body}) => body.deliveries.length === LEADS, 'all that was delivered to be remembered');
    const ids = [...acknowledged.keys()];
    let writing = true, rounds = 0;
    const writers = inParallel(10, 10, async (writer) => {
      for (let n = 0; writing; n++) {
        const id = ids[writer * 4 + n % 4];  // each has leads of its own
        const {version} = (await api.patch(`/v1/leads/${id}`, {additionalInfo: {n: String(++rounds)}})).body;
        acknowledged.set(id, version);
      }
    });
    await receiver.count(LEADS * 3);
    const before = new Map(acknowledged);
    const backup = join(temporaryFolder(t), 'backup.db');
    const made = await runBeside('backup', '--store', store, '--to', backup);
    assert.equal(made.code, 0, made.output);
    assert.match(made.output, /\d+ bytes, \d+ changes; verified: \d+ records, every one the fold of its changes/);
    assert.match(made.output, /master key is not in it/);
    assert.equal(statSync(backup).mode & 0o777, 0o600);
    const atBackup = distinct(receiver.requests);
    await receiver.count(receiver.requests.length + 100);  // it goes on: these deliveries the backup does not know
    writing = false;
    await writers;
    const written = eventsOf(await api.allChanges('&kind=lead'));
    const ahead = (await api.get('/v1/changes?after=latest')).body.next;
    await receiver.until((requests) => distinct(requests).size >= written.length, 'all events of the first server');
    assert.equal((await server.stop()).code, 0);
    const first = receiver.requests.splice(0);
    const bodyOf = new Map(first.map(({id, text}) => [id, text]));

    // Elsewhere, with the master key.
    const elsewhere = temporaryFolder(t);
    const restored = run('restore', '--from', backup, '--store', join(elsewhere, 'deltapost.db'));
    assert.equal(restored.status, 0, restored.stderr);
    const withoutKey = run('serve', '--store', join(elsewhere, 'deltapost.db'), '--listen', '127.0.0.1:0');
    assert.equal(withoutKey.status, 1, 'a server without the master key must not start');
    copyFileSync(`${store}.key`, join(elsewhere, 'deltapost.db.key'));
    const second = await Server.start(elsewhere);
    t.after(() => second.stop('SIGKILL'));
    const again = new Client(second, api.key);
    for (const [id, version] of before) {
      const lead = (await again.get(`/v1/leads/${id}`)).body;
      assert.ok(lead.version >= version, `${id} was acknowledged at version ${version} before the backup, and is at ${lead.version} in it`);
    }
    const changes = await again.allChanges('&kind=lead');
    const events = eventsOf(changes), known = new Set(events.map(({id}) => id));
    assert.ok(events.length < written.length, 'the backup was made in the middle');

    // Who has read further than the backup goes is told, and not left to wait.
    const {detail, field} = (await again.get(`/v1/changes?after=${encodeURIComponent(ahead)}`, {status: 422})).body;
    assert.match(detail, /ahead of the log: the store was restored/);
    assert.equal(field, 'after');

    // Nothing is lost: what had not arrived when the backup was made arrives.
    const missing = [...known].filter((id) => !atBackup.has(id));
    await receiver.until((requests) => missing.every((id) => requests.some((request) => request.id === id)), 'what the backup had still to deliver');
    // It goes on with new ones.
    const phone = newPhone();
    const {id: fresh} = (await again.post('/v1/leads/create', {phone})).body;
    await receiver.until((requests) => requests.some(({text}) => text.includes(fresh)), 'the event of a change after the restore');
    // Nothing is invented, and a repeat is what it was, byte for byte but for when it is sent.
    const repeats = receiver.requests.filter(({id}) => bodyOf.has(id));
    for (const {id, text} of receiver.requests) {
      assert.ok(known.has(id) || text.includes(fresh), `an event that the backup does not hold: ${id}`);
    }
    const change = (text) => { const {data, type} = JSON.parse(text); return {type, data}; };
    for (const {id, text} of repeats) assert.deepEqual(change(text), change(bodyOf.get(id)), id);
    // The window: what the store had remembered as delivered before the backup is not sent again.
    const repeated = distinct(repeats);
    assert.deepEqual(settled.filter(({eventId}) => repeated.has(eventId)), []);

    assert.equal((await second.stop()).code, 0);
    const {status, stdout} = run('verify', '--store', join(elsewhere, 'deltapost.db'));
    assert.equal(status, 0, stdout);
    t.diagnostic(`${written.length} events in all, ${events.length} in the backup, ${repeats.length} of them repeated`);
  });

  test('refuses what would destroy something, and says what to do', async (t) => {
    const {server} = await freshServer(t);
    const store = join(server.folder, 'deltapost.db'), backup = join(server.folder, 'backup.db');
    assert.equal(run('backup', '--store', store, '--to', backup).status, 0);
    const second = run('backup', '--store', store, '--to', backup);
    assert.equal(second.status, 1);
    assert.match(second.stderr, /backup\.db is there already/);
    const forced = run('backup', '--store', store, '--to', backup, '--force', '--no-verify');
    assert.equal(forced.status, 0, forced.stderr);
    assert.match(forced.stdout, /not verified/);
    const over = run('restore', '--from', backup, '--store', store);
    assert.equal(over.status, 1);
    assert.match(over.stderr, /a store that is in use, or was left in haste/);
    const nowhere = run('backup', '--store', join(server.folder, 'nowhere.db'), '--to', join(server.folder, 'x.db'));
    assert.equal(nowhere.status, 1);
    assert.match(nowhere.stderr, /there is no store at .*nowhere\.db/);
    assert.ok(!existsSync(join(server.folder, 'x.db')));
  });
});
