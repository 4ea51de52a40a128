// Signatures, times, cursors and repeated requests, altered in every place: what is not as it was made is refused, and nothing
// has happened.
import assert from 'node:assert/strict';
import {createHmac} from 'node:crypto';
import {before, describe, test} from 'node:test';
import {Sender, written} from './senders.mjs';
import {newPhone, suiteServer} from './support.mjs';

const VERIFIERS = [
  'standard', 'apten', 'github', 'stripe', 'close', {scheme: 'hubspot', url: 'https://hooks.example.com'},
  {scheme: 'hmac', header: 'X-Signature', algorithm: 'sha512', encoding: 'base64', prefix: 'v1='}, {scheme: 'token', header: 'X-Token'},
];
const TIMED = ['standard', 'stripe', 'close', 'hubspot'];

/** Another letter or digit in place of the one at `at`: one that means something else in hexadecimal, too. */
function flip(text, at) {
  const other = /\d/.test(text[at]) ? String((Number(text[at]) + 1) % 10) : {a: 'b', f: 'e', z: 'y', A: 'B', F: 'E', Z: 'Y'}[text[at]] ??
    (/[a-z]/i.test(text[at]) ? String.fromCharCode(text.charCodeAt(at) - 1) : '0');
  return text.slice(0, at) + other + text.slice(at + 1);
}

describe('A webhook whose signature was made for something else', () => {
  const suite = suiteServer();
  const body = () => JSON.stringify({event: 'message.received', eventId: 'a'.repeat(32), timestamp: new Date().toISOString(), data: {phone: newPhone()}});

  for (const verifier of VERIFIERS) {
    const scheme = verifier.scheme ?? verifier;
    const hubspotSecret = scheme === 'hubspot' || scheme === 'token' ? {secret: 'a-secret-of-the-vendor-0123456789'} : {};

    describe(`by ${scheme}`, () => {
      let sender, raw, good, name;
      before(async () => {
        sender = await Sender.create(suite.api, {format: 'apten', verifier, ...hubspotSecret});
        raw = body();
        good = sender.sign(Buffer.from(raw));
        name = Object.keys(good).find((header) => /sig|token/i.test(header));
      });

      const post = (headers, {text = raw, status = 401, query = ''} = {}) => suite.api.call('POST', sender.path + query, {raw: text, headers, key: null, status});
      async function refused(headers, options) {
        const changes = await written(suite.api);
        const answer = await post(headers, options);
        assert.equal(answer.body.type, 'urn:deltapost:problem:bad-signature');
        assert.ok(!answer.text.includes(sender.secret));
        assert.equal(await written(suite.api), changes);
      }

      test('is refused for each altered letter of its signature', async () => {
        for (let at = 0; at < good[name].length; at++) await refused({...good, [name]: flip(good[name], at)});
      });

      test('is refused when its signature is cut, lengthened, empty, missing or another\'s', async () => {
        const value = good[name];
        for (const altered of [value.slice(0, -1), value.slice(1), `${value}0`, `0${value}`, '', ' ', value.split('').reverse().join(''), value.slice(0, value.length / 2), `${value}\u00e9`]) {
          await refused({...good, [name]: altered});
        }
        if (scheme !== 'stripe') for (const altered of [value + value, value.repeat(60)]) await refused({...good, [name]: altered});  // its header is a list, and one of it fits
        const {[name]: removed, ...without} = good;
        await refused(without);
        await refused({});
        if (scheme !== 'token') await refused({...good, [name]: sender.sign(Buffer.from(raw), {secret: (await Sender.create(suite.api, {format: 'apten', verifier, ...(hubspotSecret.secret && {secret: `${hubspotSecret.secret}x`})})).secret})[name]});
      });

      test('is refused for another body, be it by one byte anywhere', { skip: scheme === 'token' && 'a token vouches for no body' }, async () => {
        for (const text of [...Array(raw.length).keys()].filter((at) => at % 7 === 0 || at === raw.length - 1).map((at) => flip(raw, at))) await refused(good, {text});
        for (const text of [`${raw} `, ` ${raw}`, raw.slice(0, -1), '', raw.replace('{', '{ '), `${raw}\n`]) await refused(good, {text});
      });

      if (TIMED.includes(scheme)) {
        test('is refused with another time, and when its own is long past or to come', async () => {
          const header = Object.keys(good).find((each) => /time/i.test(each));
          const stamp = header ? good[header] : /t=(\d+)/.exec(good[name])[1];
          const withTime = (time) => (header ? {...good, [header]: time} : {...good, [name]: good[name].replace(`t=${stamp}`, `t=${time}`)});
          for (const time of [String(Number(stamp) + 1), String(Number(stamp) - 1), '0', '-1', '', 'now', `${stamp}.0`, `${stamp}e0`, `0x${Number(stamp).toString(16)}`, '9'.repeat(19), '9'.repeat(40), `${stamp} `.repeat(2).trim()]) {
            await refused(withTime(time));
          }
          for (const minutes of [-6, 6, -60 * 24 * 365, 60 * 24 * 365]) await refused(sender.sign(Buffer.from(raw), {at: Date.now() + minutes * 60_000}));
        });
      }

      if (scheme === 'standard') {
        test('is refused with another id, and with one that is not signed', async () => {
          for (const id of ['another', '', `${good['webhook-id']}x`, good['webhook-id'].toUpperCase() + ' ']) await refused({...good, 'webhook-id': id});
        });
        test('is refused for a scheme or version that its signature does not have', async () => {
          const [, signature] = good['webhook-signature'].split(',');
          for (const value of [signature, `v2,${signature}`, `v1a,${signature}`, `V1,${signature}`, `v1;${signature}`, `v1, ${signature}x`, 'v1,', ',', Array(200).fill(`v1,${flip(signature, 3)}`).join(' ')]) {
            await refused({...good, 'webhook-signature': value});
          }
        });
      }

      test('and, as it was made, is taken once: sent again it changes nothing', async () => {
        assert.equal((await post(good, {status: 200})).body.verdict, 'accepted');
        const changes = await written(suite.api);
        for (let i = 0; i < 3; i++) assert.equal((await post(good, {status: 200})).body.verdict, 'duplicate');
        assert.equal(await written(suite.api), changes);
      });
    });
  }

  test('A signature made for one source opens no other', async () => {
    const [one, other] = [await Sender.create(suite.api, {format: 'apten', verifier: 'apten'}), await Sender.create(suite.api, {format: 'apten', verifier: 'apten'})];
    await one.send(body(), {signed: {secret: other.secret}, status: 401});
    await one.send(body(), {signed: {secret: one.id}, status: 401});
    const raw = body();
    for (const key of ['', 'null', one.token]) {
      await suite.api.call('POST', one.path, {raw, key: null, status: 401, headers: {'X-Signature-SHA256': createHmac('sha256', key).update(raw).digest('hex')}});
    }
  });
});

describe('A cursor', () => {
  const suite = suiteServer({args: ['--wrong-keys-per-minute', '0']});
  let lists, stranger;

  before(async () => {
    const {api} = suite;
    for (let i = 0; i < 4; i++) {
      await api.post('/v1/leads/create', {phone: newPhone()});
      await api.post('/v1/contacts', {firstName: String(i)});
      await api.post('/v1/endpoints', {url: 'https://hooks.example.com', state: 'paused'}, {status: 201});
      await api.post('/v1/keys', {name: 'x', scopes: ['read']}, {status: 201});
      await api.post('/v1/accounts', {name: 'x'}, {status: 201});
    }
    const senders = [];
    for (let i = 0; i < 3; i++) senders.push(await Sender.create(api, {format: 'apten', verifier: 'apten'}));
    for (const text of ['1', '2', '3']) await senders[0].says('quarantined', text);
    const lead = (await api.get('/v1/leads?limit=1')).body.leads[0].id;
    await api.patch(`/v1/leads/${lead}`, {firstName: 'A'});
    await api.patch(`/v1/leads/${lead}`, {firstName: 'B'});
    stranger = api.with((await api.post('/v1/accounts', {name: 'Stranger'}, {status: 201})).body.key);
    lists = {
      '/v1/leads': 'nextToken', '/v1/contacts?limit=1': 'nextToken', '/v1/endpoints': 'nextToken', '/v1/sources': 'nextToken', '/v1/keys': 'nextToken', '/v1/accounts': 'nextToken',
      '/v1/receipts': 'nextToken', '/v1/audit': 'nextToken', [`/v1/leads/${lead}/timeline`]: 'nextToken', '/v1/changes': 'after',
    };
    for (const [path, parameter] of Object.entries(lists)) {
      const {body} = await api.get(path.includes('?') ? path : `${path}?limit=1`);
      const cursor = body.nextToken ?? body.next ?? body.data?.nextToken;
      assert.ok(typeof cursor === 'string' && cursor.length > 16, `${path} gives a cursor: ${JSON.stringify(body).slice(0, 300)}`);
      lists[path] = {parameter, cursor};
    }
  });

  const at = (path, parameter, cursor) => `${path.split('?')[0]}?limit=1&${parameter}=${encodeURIComponent(cursor)}`;

  test('that was altered in any letter, cut or lengthened is refused', async () => {
    for (const [path, {parameter, cursor}] of Object.entries(lists)) {
      await suite.api.get(at(path, parameter, cursor));
      const bytes = (text) => Buffer.from(text, 'base64url').toString('hex');
      const forged = [...Array(cursor.length).keys()].map((position) => flip(cursor, position)).filter((text) => bytes(text) !== bytes(cursor));
      forged.push(cursor.slice(0, -2), cursor.slice(0, 16), `${cursor}AA`, `AAAA${cursor}`, cursor + cursor, 'A', 'A'.repeat(5000), Buffer.from('[0]').toString('base64url'),
        Buffer.concat([Buffer.alloc(12), Buffer.from(cursor, 'base64url').subarray(12)]).toString('base64url'));
      for (const text of forged) {
        assert.equal((await suite.api.get(at(path, parameter, text), {status: 422})).body.field, parameter, `${path} ${text}`);
      }
    }
  });

  test('of one list opens no other, and none of another account', async () => {
    for (const [path, {parameter}] of Object.entries(lists)) {
      for (const [other, {cursor}] of Object.entries(lists)) {
        if (other !== path) assert.equal((await suite.api.get(at(path, parameter, cursor), {status: 422})).body.field, parameter, `${other}'s cursor at ${path}`);
      }
      if (path === '/v1/accounts' || path.includes('/timeline')) continue;  // not the stranger's to ask at all
      assert.equal((await stranger.get(at(path, parameter, lists[path].cursor), {status: 422})).body.field, parameter, `${path} of another account`);
    }
  });
});

describe('A write that is repeated', () => {
  const suite = suiteServer();
  const headers = (key) => ({headers: {'idempotency-key': key}});

  test('in parallel happens once, and all get the same answer', async () => {
    const phone = newPhone();
    const answers = await Promise.all(Array.from({length: 12}, () => suite.api.post('/v1/leads/create', {phone}, headers('at-once'))));
    assert.equal(new Set(answers.map(({text}) => text)).size, 1);
    assert.equal(answers.filter((answer) => answer.headers.get('idempotency-replayed') === 'true').length, 11);
  });

  test('with any part of it altered is refused and does nothing', async () => {
    const {api} = suite;
    const phone = newPhone();
    const {id} = (await api.post('/v1/leads/create', {phone}, headers('altered'))).body;
    const before = await written(api);
    const alterations = [
      () => api.post('/v1/leads/create', {phone: newPhone()}, {...headers('altered'), status: 422}),
      () => api.call('POST', '/v1/leads/create', {raw: `{"phone": "${phone}"}`, ...headers('altered'), status: 422}),
      () => api.patch(`/v1/leads/${id}`, {phone}, {...headers('altered'), status: 422}),
      () => api.post('/v1/contacts', {phoneNumber: phone}, {...headers('altered'), status: 422}),
      () => api.delete(`/v1/leads/${id}`, {...headers('altered'), status: 422}),
      () => api.call('POST', '/v1/leads/create', {body: {phone}, headers: {'idempotency-key': 'altered', 'if-match': '"1"'}, status: 422}),
    ];
    for (const alter of alterations) assert.equal((await alter()).body.type, 'urn:deltapost:problem:idempotency-mismatch');
    assert.equal(await written(api), before);
  });
});
