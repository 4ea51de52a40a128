// Secrets with a mark on them go through everything that there is; then the mark is looked for wherever it could have stayed.
import assert from 'node:assert/strict';
import {cpSync, readFileSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import {describe, test} from 'node:test';
import {Receiver} from './receiver.mjs';
import {Sender} from './senders.mjs';
import {Client, Server, eventually, newPhone, run, seen, suiteServer, temporaryFolder} from './support.mjs';

/** Operations whose answers are there to show a secret. */
const SHOWING = new Set(['createSource', 'getSourceSecret', 'getSourceSample', 'rotateSourceToken', 'rotateSourceSecret', 'updateSource', 'createEndpoint', 'getEndpointSecret', 'rotateEndpointSecret', 'createKey', 'createAccount']);

/** The forms in which a text could lie about: as it is, in hexadecimal, and in base64 at each of its three places. */
function formsOf(secret) {
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].map((shift) => Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64').replace(/=+$/, '').slice(shift ? shift + 1 : 0, -1));
  return [secret, bytes.toString('hex'), bytes.toString('hex').toUpperCase(), ...base64, ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
    JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)];
}

/** What a secret is made of, where its bytes could be kept without its wrapping. */
const coresOf = (secret) => (/^wh(sec|sk)_/.test(secret) ? [secret, Buffer.from(secret.replace(/^wh\w+_/, ''), 'base64')] : [secret]);

function filesWith(folder, secrets) {
  return readdirSync(folder).filter((name) => !name.endsWith('.key')).flatMap((name) => {
    const bytes = readFileSync(join(folder, name));
    return Object.entries(secrets).filter(([, secret]) => coresOf(secret).some((core) => (Buffer.isBuffer(core) ? bytes.includes(core) : formsOf(core).some((form) => bytes.includes(form)))))
      .map(([what]) => `${name} holds ${what}`);
  });
}

describe('Secrets', () => {
  const suite = suiteServer({args: ['--log-level', 'debug']});
  let secrets;

  test('go through everything there is', async (t) => {
    const {server, api} = suite;
    const once = (key) => ({headers: {'idempotency-key': key}, status: 201});
    secrets = {'the first admin key': api.key, 'the value of an own header': 'Bearer MARK-own-header-0123456789+/x', 'the value of a changed header': 'Bearer MARK-changed-header-9876543210'};
    const keep = (what, secret) => { assert.ok(secret?.length >= 16, what); secrets[what] = secret; return secret; };

    // Endpoints: given and generated, repeated with an Idempotency-Key, viewed, rotated, tried, failing.
    const receiver = await Receiver.start(t, () => ({status: 500, body: 'go away'}));
    const given = `whsec_${Buffer.from('MARK-given-secret-of-an-endpoint').toString('base64')}`;
    const input = {url: receiver.url, secret: keep('an endpoint\'s given secret', given), headers: {Authorization: secrets['the value of an own header']}, retrySchedule: [1]};
    const {endpoint} = (await api.post('/v1/endpoints', input, once('e1'))).body;
    await api.post('/v1/endpoints', input, once('e1'));
    const at = `/v1/endpoints/${endpoint.id}`;
    const made = (await api.post('/v1/endpoints', {url: receiver.url, format: 'apten'}, once('e2'))).body;
    keep('an endpoint\'s generated secret', made.secret);
    await api.patch(at, {headers: {Authorization: secrets['the value of a changed header']}});
    keep('an endpoint\'s rotated secret', (await api.post(`${at}/secret/rotate`, undefined, {headers: {'idempotency-key': 'e3'}})).body.secret);
    await api.post(`${at}/secret/rotate`, undefined, {headers: {'idempotency-key': 'e3'}});
    await api.get(`${at}/secret`);
    await api.post(`${at}/test`);

    // Keys and accounts.
    const key = keep('a key', (await api.post('/v1/keys', {name: 'x', scopes: ['write']}, once('k1'))).body.key);
    await api.post('/v1/keys', {name: 'x', scopes: ['write']}, once('k1'));
    keep('another account\'s key', (await api.post('/v1/accounts', {name: 'x'}, once('a1'))).body.key);
    const wrong = keep('a wrong key', `${key.slice(0, -1)}!`);
    await api.get('/v1/leads', {key: wrong, status: 401});
    await fetch(`${server.url}/v1/leads?key=${key}`).then((answer) => answer.text());

    // Sources of every way to keep a secret; good, bad and unreadable webhooks.
    const senders = [];
    for (const [i, verifier] of ['apten', 'standard', 'stripe', 'close', {scheme: 'token', header: 'X-Token'}, {scheme: 'token', parameter: 'key'}].entries()) {
      const sender = await Sender.create(api, {format: 'apten', verifier});
      senders.push(sender);
      keep(`token ${i}`, sender.token);
      keep(`secret ${i}`, sender.secret);
      const note = {event: 'message.received', timestamp: new Date().toISOString(), data: {phone: newPhone(), message: 'Unmistakable'}};
      const {receipt} = await sender.says('accepted', note, {headers: {authorization: `Bearer ${key}`, cookie: `session=${key}`, 'x-api-key': key}});
      await sender.send(note, {signed: false, status: 401});
      await sender.send('{', {});
      await sender.receipt(receipt);
      await api.get(`/v1/receipts/${receipt}/body`);
      await api.get(`/v1/sources/${sender.id}/sample`);
    }
    const source = `/v1/sources/${senders[0].id}`;
    keep('a rotated token', (await api.post(`${source}/token/rotate`)).body.token);
    keep('a rotated secret', (await api.post(`${source}/secret/rotate`)).body.secret);
    keep('a secret of another scheme', (await api.patch(source, {verifier: 'github'})).body.secret);
    const typo = keep('a token with a typing error', `${senders[1].token.slice(0, -4)}MARK`);
    await api.call('POST', `/in/${typo}`, {raw: '{}', key: null, status: 404});

    // Deliveries that fail, and everything that is ever listed.
    await api.with(key).post('/v1/leads/create', {phone: newPhone(), firstName: 'Unmistakable', email: 'unmistakable@example.com'});
    await eventually(async () => (await api.get(`${at}/deliveries`)).body.deliveries, (all) => all.some(({attempts, state}) => state === 'dead' || attempts > 1), 'failed attempts');
    for (const path of ['/v1/leads', '/v1/contacts', '/v1/changes', '/v1/endpoints', at, `${at}/deliveries`, '/v1/sources', source, '/v1/receipts', '/v1/keys', '/v1/accounts', '/v1/account', '/v1/audit?limit=500']) await api.get(path);
    for (const path of ['/metrics', '/readyz', '/openapi.yaml']) await api.get(path, {key: null});
    // Requests that are wrong: their problems must not repeat what they got.
    await api.post('/v1/endpoints', {...input, url: `https://user:${key}@hooks.example.com/`}, {status: 422});
    await api.post('/v1/endpoints', {...input, headers: {Host: secrets['the value of an own header']}}, {status: 422});
    await api.post('/v1/endpoints', {...input, frobnicate: given}, {status: 422});
  });

  test('are in no answer but those that are there to show them', () => {
    assert.ok(seen.answers.length > 60);
    for (const {operation, text, path} of seen.answers) {
      for (const [what, secret] of Object.entries(secrets)) {
        if (SHOWING.has(operation) && !/header/.test(what)) continue;
        for (const form of formsOf(secret)) assert.ok(!text.includes(form), `${operation} ${path} shows ${what}: ${text.slice(0, 300)}`);
      }
    }
  });

  test('are not in the log, at its most talkative', async () => {
    assert.match(suite.server.output, /attempt .*endpoint=/, 'the log was read');
    const log = suite.server.output.replace(`admin key: ${suite.api.key}`, '');
    for (const [what, secret] of Object.entries(secrets)) {
      for (const form of formsOf(secret)) assert.ok(!log.includes(form), `the log shows ${what}: ${log.split('\n').find((line) => line.includes(form))}`);
    }
    for (const personal of ['Unmistakable', 'unmistakable', '+1555']) assert.ok(!log.includes(personal), `the log shows personal data: ${log.split('\n').find((line) => line.includes(personal))}`);
  });

  test('are in no file beside the master key: not while the server runs, not in a copy of it, not after its end', async (t) => {
    const {folder, server} = suite;
    assert.ok(readdirSync(folder).some((name) => name.endsWith('-wal')), readdirSync(folder).join());
    assert.deepEqual(filesWith(folder, secrets), []);
    const backup = temporaryFolder(t);
    cpSync(folder, backup, {recursive: true});
    await server.stop();
    assert.deepEqual(filesWith(folder, secrets), []);
    assert.equal(run('verify', '--store', join(backup, 'deltapost.db')).status, 0, 'the copy is a whole store');
    assert.deepEqual(filesWith(backup, secrets), []);
    // That the search finds what is there: the account's name, and the hash that a key is kept as.
    assert.ok(filesWith(folder, {name: 'first key'}).length > 0);
  });

  test('are still good after a restart, and lost with another master key', async (t) => {
    const {folder, api} = suite;
    const again = await Server.start(folder);
    t.after(() => again.stop('SIGKILL'));
    const client = new Client(again, api.key);
    const {endpoints} = (await client.get('/v1/endpoints')).body;
    assert.equal((await client.get(`/v1/endpoints/${endpoints[1].id}/secret`)).body.secret, secrets['an endpoint\'s generated secret']);
    await again.stop();
    const other = Buffer.alloc(32, 7).toString('base64');
    await assert.rejects(Server.start(folder, {env: {DELTAPOST_MASTER_KEY: other}}), /sealing key .* is not configured/);
  });
});
