// Keys and tokens are guessed, from one address while others work, and nobody else notices.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {partsOf, requestFrom, wellFormedKey} from './security.mjs';
import {Sender} from './senders.mjs';
import {freshServer, newPhone} from './support.mjs';

const GUESSER = '127.0.0.66', OTHER = '127.0.0.7';
const LIMIT = 20;

/** A different key each time, as far as its form goes a right one. */
const guess = (i) => wellFormedKey(String(i).padStart(10, 'G'), 'z'.repeat(32));
const asks = (server, address, key, path = '/v1/account') => requestFrom(address, server, path, {headers: {'x-api-key': key}});

async function guessUntilRefused(server, address) {
  for (let i = 0; i < LIMIT; i++) assert.equal((await asks(server, address, guess(i))).status, 401, `guess ${i}`);
  const refused = await asks(server, address, guess(LIMIT));
  assert.equal(refused.status, 429);
  return refused;
}

test('Who guesses keys has to wait, and learns nothing more, not even from a right one', async (t) => {
  const {server, api} = await freshServer(t);
  const refused = await guessUntilRefused(server, GUESSER);
  assert.ok(Number(refused.headers['retry-after']) >= 1 && Number(refused.headers['retry-after']) <= 60);
  const right = await asks(server, GUESSER, api.key), wrong = await asks(server, GUESSER, guess(99));
  assert.equal(right.status, 429);
  assert.deepEqual(right.body, wrong.body);
  // A request without a key is no guess and is told what is missing.
  assert.equal((await requestFrom(GUESSER, server, '/v1/account')).status, 401);
});

test('A valid key still works from another address, and where it was in use before', async (t) => {
  const {server, api} = await freshServer(t);
  assert.equal((await asks(server, GUESSER, api.key)).status, 200);
  await guessUntilRefused(server, GUESSER);
  assert.equal((await asks(server, GUESSER, api.key)).status, 200, 'in use at the guesser\'s address');
  assert.equal((await asks(server, OTHER, api.key)).status, 200, 'another address');
  const fresh = (await api.post('/v1/keys', {name: 'x', scopes: ['read']}, {status: 201})).body.key;
  assert.equal((await asks(server, OTHER, fresh)).status, 200, 'a new key at another address');
  assert.equal((await asks(server, GUESSER, fresh)).status, 429, 'a new key at the guesser\'s');
});

test('A client that repeats one stale key is told to wait, and locks out nobody at its address', async (t) => {
  const {server, api} = await freshServer(t);
  const statuses = [];
  for (let i = 0; i < LIMIT + 5; i++) statuses.push((await asks(server, GUESSER, guess(0))).status);
  assert.deepEqual(statuses, [...Array(LIMIT).fill(401), ...Array(5).fill(429)]);
  assert.equal((await asks(server, GUESSER, api.key)).status, 200);
});

test('Tokens of sources are guarded in the same way', async (t) => {
  const {server, api} = await freshServer(t);
  const sender = await Sender.create(api, {format: 'apten', verifier: 'none'});
  const posts = (address, path) => requestFrom(address, server, path, {method: 'POST', body: '{}', headers: {'content-type': 'application/json'}});
  for (let i = 0; i < LIMIT; i++) assert.equal((await posts(GUESSER, `/in/${sender.token.slice(0, -2)}${10 + i}`)).status, 404);
  const refused = await posts(GUESSER, `/in/${sender.token.slice(0, -2)}99`);
  assert.equal(refused.status, 429);
  assert.match(refused.headers['retry-after'], /^\d+$/);
  assert.equal((await posts(GUESSER, sender.path)).status, 429);
  assert.equal((await posts(OTHER, sender.path)).status, 200);
  assert.equal((await sender.receipts()).length, 1, 'what was refused left nothing');
});

test('Guessing is in the log once, with the address and without what was tried', async (t) => {
  const {server} = await freshServer(t);
  await guessUntilRefused(server, GUESSER);
  for (let i = 0; i < 5; i++) await asks(server, GUESSER, guess(50));
  await server.stop();
  const lines = server.output.split('\n').filter((line) => line.includes('guessed'));
  assert.equal(lines.length, 1, lines.join('\n'));
  assert.ok(lines[0].includes(GUESSER), lines[0]);
  assert.ok(!server.output.includes(partsOf(guess(0)).id) && !server.output.includes('zzzz'));
});

test('Behind a trusted proxy the client is counted; a stranger\'s X-Forwarded-For is not believed', async (t) => {
  const {server, api} = await freshServer(t, {args: ['--trusted-proxies', `${OTHER}/32`]});
  const through = (proxy, client, key) => requestFrom(proxy, server, '/v1/account', {headers: {'x-api-key': key, 'x-forwarded-for': client}});
  for (let i = 0; i < LIMIT; i++) assert.equal((await through(OTHER, '198.51.100.66', guess(i))).status, 401);
  assert.equal((await through(OTHER, '198.51.100.66', api.key)).status, 429);
  assert.equal((await through(OTHER, '198.51.100.7', api.key)).status, 200);
  for (let i = 0; i < LIMIT; i++) assert.equal((await through(GUESSER, `198.51.100.${100 + i}`, guess(i))).status, 401);
  assert.equal((await through(GUESSER, '198.51.100.200', api.key)).status, 429);
});

test('The limit can be set, and off', async (t) => {
  const strict = await freshServer(t, {args: ['--wrong-keys-per-minute', '1']});
  assert.deepEqual([(await asks(strict.server, GUESSER, guess(1))).status, (await asks(strict.server, GUESSER, guess(2))).status], [401, 429]);
  const open = await freshServer(t, {args: ['--wrong-keys-per-minute', '0']});
  for (let i = 0; i < 3 * LIMIT; i++) assert.equal((await asks(open.server, GUESSER, guess(i))).status, 401);
  await open.api.post('/v1/leads/create', {phone: newPhone()});
});
