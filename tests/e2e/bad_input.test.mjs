// Input that must be refused: each kind with the status, the field and the cure it is told, and the store as it was.
import assert from 'node:assert/strict';
import {before, describe, test} from 'node:test';
import {checkNamed} from './contract.mjs';
import {newPhone, postLarge, suiteServer} from './support.mjs';

const KiB = 1024, MiB = 1024 * KiB;
const nested = (depth) => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth);

describe('Bad input', () => {
  const suite = suiteServer();
  let lead, other, contact, endpoint, foreign;

  before(async () => {
    const {api} = suite;
    [lead, other] = [(await api.post('/v1/leads/create', {phone: newPhone()})).body.lead,
      (await api.post('/v1/leads/create', {phone: newPhone(), additionalInfo: {state: 'CA'}})).body.lead];
    contact = (await api.post('/v1/contacts', {firstName: 'Raya'})).body.data.contact;
    endpoint = (await api.post('/v1/endpoints', {url: 'https://hooks.example.com', state: 'paused'}, {status: 201})).body.endpoint;
    const stranger = api.with((await api.post('/v1/accounts', {name: 'Other'}, {status: 201})).body.key);
    foreign = (await stranger.post('/v1/leads/create', {phone: newPhone()})).body.lead;
  });

  /** All that a write could have changed. */
  async function everything() {
    const {api} = suite;
    const bodies = await Promise.all(['/v1/leads', '/v1/contacts', '/v1/endpoints', '/v1/keys', '/v1/accounts']
      .map(async (path) => (await api.get(path)).body));
    for (const {keys = []} of bodies) for (const key of keys) delete key.lastUsedAt;
    return {bodies, changes: await api.allChanges()};
  }

  /** Sends it, expects the refusal, and that nothing has changed. */
  async function refused(method, path, options, {status, type = 'invalid', field, detail}) {
    const untouched = await everything();
    const {body} = await suite.api.call(method, path, {...options, status});
    assert.equal(body.type, `urn:deltapost:problem:${type}`);
    assert.equal(body.field, field, `the field of: ${body.detail}`);
    assert.match(body.detail, detail);
    assert.deepEqual(await everything(), untouched);
    return body;
  }

  const cases = (title, path, method, list) => {
    for (const [name, body, expected] of list) {
      test(`${title}: ${name}`, () => refused(method, typeof path === 'function' ? path() : path,
        typeof body === 'string' || Buffer.isBuffer(body) ? {raw: body} : {body}, expected));
    }
  };
  const invalid = (field, detail) => ({status: 422, field, detail});
  const malformed = (detail) => ({status: 400, type: 'malformed', field: undefined, detail});

  cases('A body', '/v1/leads/create', 'POST', [
    ['that is not JSON', 'phone=+15555555555', malformed(/JSON/)],
    ['that is empty', '', malformed(/empty|JSON/)],
    ['that ends early', '{"phone": "+1555', malformed(/JSON|end/i)],
    ['with something after it', '{"phone": "+15555555555"} {}', malformed(/JSON|extra|after/i)],
    ['that is no object', '["+15555555555"]', {...invalid(undefined, /object/)}],
    ['with a duplicate key', '{"phone": "+15555555555", "phone": "+15555555556"}', {...malformed(/phone.*once/), field: 'phone'}],
    ['with a duplicate key deep inside', '{"phone": "+15555555555", "additionalInfo": {"age": "1", "age": "2"}}', {...malformed(/age.*once/), field: 'age'}],
    ['with invalid UTF-8', Buffer.concat([Buffer.from('{"phone": "+15555555555", "firstName": "'), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]), malformed(/UTF-8/)],
    ['with half a surrogate pair', '{"phone": "+15555555555", "firstName": "\\ud800"}', malformed(/UTF-8|surrogate|unicode/i)],
    ['100 levels deep', `{"phone": "+15555555555", "additionalInfo": ${nested(100)}}`, {status: 413, type: 'too-large', field: undefined, detail: /32|deep/}],
  ]);

  cases('A lead', '/v1/leads/create', 'POST', [
    ['without a phone', {firstName: 'John'}, invalid('phone', /\+/)],
    ['whose phone has letters', {phone: '+1-555-CALL-ME'}, invalid('phone', /\+|digits/)],
    ['whose phone lacks the plus', {phone: '5555555555'}, invalid('phone', /\+/)],
    ['whose phone is too short', {phone: '+1234'}, invalid('phone', /7|15|digits/)],
    ['whose phone is too long', {phone: '+1234567890123456'}, invalid('phone', /7|15|digits/)],
    ['whose phone is a number', {phone: 15555555555}, invalid('phone', /text|string/)],
    ['whose phone is null', {phone: null}, invalid('phone', /\+|text|string|required/)],
    ['with an unknown field', {phone: '+15555555555', frstName: 'John'}, invalid('frstName', /unknown|firstName/)],
    ['with a name that is a number', {phone: '+15555555555', firstName: 7}, invalid('firstName', /text|string/)],
    ['with a flag that is a text', {phone: '+15555555555', isHot: 'yes'}, invalid('isHot', /true|boolean/)],
    ['with an e-mail address that is none', {phone: '+15555555555', email: 'john.example.com'}, invalid('email', /@|address/)],
    ['with a time zone that is none', {phone: '+15555555555', timeZone: 'half past nine'}, invalid('timeZone', /America\/New_York/)],
    ['with additionalInfo that is a text', {phone: '+15555555555', additionalInfo: 'x'}, invalid('additionalInfo', /object/)],
    ['with a number in additionalInfo', {phone: '+15555555555', additionalInfo: {age: 41}}, invalid('additionalInfo.age', /text|string/)],
    ['with an object in additionalInfo', {phone: '+15555555555', additionalInfo: {car: {make: 'VW'}}}, invalid('additionalInfo.car', /text|string/)],
    ['with an id of its own choice', {phone: '+15555555555', id: 'mine'}, invalid('id', /./)],
  ]);

  cases('An update of a lead', () => `/v1/leads/${other.id}`, 'PATCH', [
    ['with a number in additionalInfo', {additionalInfo: {state: 'NV', age: 41}}, invalid('additionalInfo.age', /text|string/)],
    ['with a list in additionalInfo', {additionalInfo: {tags: []}}, invalid('additionalInfo.tags', /text|string/)],
    ['with a phone that is none', {phone: '+1'}, invalid('phone', /digits|7|15/)],
    ['that takes the phone away', {phone: null}, invalid('phone', /./)],
    ['of when it was created', {createdAt: '2020-01-01T00:00:00Z'}, invalid('createdAt', /./)],
    ['that says it is deleted', {deleted: true}, invalid('deleted', /./)],
    ['of its tags', {tags: ['vip']}, invalid('tags', /PUT/)],
    ['with additionalInfo that is null', {additionalInfo: null}, invalid('additionalInfo', /object/)],
    ['with an unknown field', {version: 7}, invalid('version', /./)],
  ]);

  cases('Context', () => `/v1/leads/${lead.id}/addContext`, 'POST', [
    ['with a command', {command: 'call'}, invalid('command', /./)],
    ['that is a number', {context: 7}, invalid('context', /text|string/)],
    ['with a number in additionalInfo', {additionalInfo: {age: 41}}, invalid('additionalInfo.age', /text|string/)],
  ]);

  cases('Tags', () => `/v1/leads/${lead.id}/tags`, 'PUT', [
    ['that are missing', {}, invalid('tagIds', /./)],
    ['that are a text', {tagIds: 'vip'}, invalid('tagIds', /array|list/)],
    ['of which one is empty', {tagIds: ['vip', '']}, invalid('tagIds.1', /empty/)],
    ['of which one is a number', {tagIds: [7]}, invalid('tagIds.0', /text|string/)],
  ]);

  cases('A contact', '/v1/contacts', 'POST', [
    ['with an unknown field', {phone: '+15555555555'}, invalid('phone', /unknown|phoneNumber/)],
    ['with an id of 0', {id: 0}, invalid('id', /1/)],
    ['with an id beyond 2^53', {id: 9007199254740992}, invalid('id', /2\^53|9007199254740991/)],
    ['with an id that is a text', {id: '5'}, invalid('id', /number/)],
    ['with an id that is a fraction', {id: 5.5}, invalid('id', /./)],
    ['with an e-mail address that is none', {email: 'nobody'}, invalid('email', /@|address/)],
    ['with answers that are numbers', {questionsAndAnswers: {Budget: 10}}, invalid('questionsAndAnswers.Budget', /text|string/)],
    ['with answers that contradict each other', {questionsAndAnswers: {'1_question': 'A', '1_response': 'x', A: 'y'}}, invalid('questionsAndAnswers.A', /./)],
    ['with a joining time that is none', {joinedTime: 'yesterday'}, invalid('joinedTime', /RFC 3339|20\d\d/)],
  ]);

  cases('An endpoint', '/v1/endpoints', 'POST', [
    ['without a URL', {}, invalid('url', /./)],
    ['with a file URL', {url: 'file:///etc/passwd'}, invalid('url', /http/)],
    ['with a gopher URL', {url: 'gopher://hooks.example.com/'}, invalid('url', /http/)],
    ['with a URL that is none', {url: 'hooks.example.com/in'}, invalid('url', /http/)],
    ['with a user and password', {url: 'https://user:pw@hooks.example.com/'}, invalid('url', /user|password|credential/)],
    ['with a user alone', {url: 'https://user@hooks.example.com/'}, invalid('url', /user|password|credential/)],
    ['with a fragment', {url: 'https://hooks.example.com/#top'}, invalid('url', /fragment|#/)],
    ['in a private network', {url: 'http://10.0.0.8/hook'}, invalid('url', /internal|allow/)],
    ['on the metadata service', {url: 'http://169.254.169.254/latest'}, invalid('url', /internal|allow/)],
    ['on the IPv6 loopback', {url: 'http://[::1]/hook'}, invalid('url', /internal|allow/)],
    ['on a unique local IPv6 address', {url: 'http://[fd00:ec2::254]/hook'}, invalid('url', /internal|allow/)],
    ['on a mapped IPv6 address', {url: 'http://[::ffff:10.0.0.8]/hook'}, invalid('url', /internal|allow/)],
    ['with an internal address as a number', {url: 'http://167772168/hook'}, invalid('url', /./)],
    ['with an internal address in hexadecimal', {url: 'http://0xa.8/hook'}, invalid('url', /./)],
    ['with an unknown field', {url: 'https://hooks.example.com', uri: 'x'}, invalid('uri', /unknown|url/)],
    ['with an unknown format', {url: 'https://hooks.example.com', format: 'xml'}, invalid('format', /apten.*iclosed.*standard.*cloudevents/)],
    ['with an unknown event', {url: 'https://hooks.example.com', events: ['lead.exploded']}, invalid('events.0', /lead\.created/)],
    ['with an event that its format cannot express', {url: 'https://hooks.example.com', format: 'apten', events: ['contactUpdated']}, invalid('events.0', /apten/)],
    ['with a field pattern that is none', {url: 'https://hooks.example.com', fields: ['a..b']}, invalid('fields.0', /./)],
    ['with an unknown operator in its filter', {url: 'https://hooks.example.com', filter: {and: [{frobnicate: [1]}]}}, invalid('filter.and.0', /frobnicate/)],
    ['with a timeout too short', {url: 'https://hooks.example.com', timeoutMs: 99}, invalid('timeoutMs', /100.*30000/)],
    ['with a timeout too long', {url: 'https://hooks.example.com', timeoutMs: 30001}, invalid('timeoutMs', /100.*30000/)],
    ['with too many retries', {url: 'https://hooks.example.com', retrySchedule: Array(21).fill(5)}, invalid('retrySchedule', /20/)],
    ['with a retry after no time', {url: 'https://hooks.example.com', retrySchedule: [5, 0]}, invalid('retrySchedule.1', /1.*604800/)],
    ['with no concurrency', {url: 'https://hooks.example.com', concurrency: 0}, invalid('concurrency', /1.*256/)],
    ['with a negative rate', {url: 'https://hooks.example.com', rateLimit: -1}, invalid('rateLimit', /0.*10000/)],
    ['with an unknown order', {url: 'https://hooks.example.com', order: 'strict'}, invalid('order', /record.*none/)],
    ['that is disabled by hand', {url: 'https://hooks.example.com', state: 'disabled'}, invalid('state', /pause/)],
    ['with a short secret', {url: 'https://hooks.example.com', secret: 'whsec_c2hvcnQ='}, invalid('secret', /24.*64/)],
    ['with a header that is ours', {url: 'https://hooks.example.com', headers: {'webhook-id': 'x'}}, invalid('headers.webhook-id', /./)],
    ['with a Host header', {url: 'https://hooks.example.com', headers: {Host: 'x'}}, invalid('headers.Host', /./)],
    ['with a line break in a header', {url: 'https://hooks.example.com', headers: {'X-A': 'a\r\nX-B: b'}}, invalid('headers.X-A', /./)],
  ]);

  cases('A key', '/v1/keys', 'POST', [
    ['without a name', {scopes: ['read']}, invalid('name', /./)],
    ['without a scope', {name: 'x', scopes: []}, invalid('scopes', /read.*write.*admin/)],
    ['with an unknown scope', {name: 'x', scopes: ['root']}, invalid('scopes', /root.*read.*write.*admin/)],
    ['that has expired already', {name: 'x', scopes: ['read'], expiresAt: '2020-01-01T00:00:00Z'}, invalid('expiresAt', /future/)],
    ['with an unknown field', {name: 'x', scopes: ['read'], admin: true}, invalid('admin', /./)],
  ]);

  test('A taken phone names the lead that has it', async () => {
    const expected = {status: 409, type: 'conflict', field: 'phone', detail: /update/i};
    for (const [method, path] of [['POST', '/v1/leads/create'], ['PATCH', `/v1/leads/${other.id}`]]) {
      const problem = await refused(method, path, {body: {phone: lead.phone}}, expected);
      assert.equal(problem.other, lead.id);
      assert.ok(problem.detail.includes(lead.id));
    }
  });

  test('Another account\'s lead is not found, and is told apart from none by nothing', async () => {
    const unknown = 'lead_000000000000';
    for (const [method, tail, body] of [['GET', ''], ['PATCH', '', {firstName: 'x'}], ['DELETE', ''], ['GET', '/changes']]) {
      const theirs = await refused(method, `/v1/leads/${foreign.id}${tail}`, {body}, {status: 404, type: 'not-found', field: undefined, detail: /lead/});
      const none = (await suite.api.call(method, `/v1/leads/${unknown}${tail}`, {body, status: 404})).body;
      assert.deepEqual({...theirs, detail: theirs.detail.replace(foreign.id, unknown)}, none);
    }
  });

  test('A stale If-Match tells the version there is', async () => {
    await suite.api.patch(`/v1/leads/${lead.id}`, {firstName: 'Moved on'});
    await refused('PATCH', `/v1/leads/${lead.id}`, {body: {firstName: 'Late'}, headers: {'if-match': '"1"'}},
      {status: 412, type: 'precondition-failed', field: 'If-Match', detail: /2/});
  });

  test('An If-Match that is no version is refused', () => refused('PATCH', `/v1/leads/${lead.id}`,
    {body: {firstName: 'x'}, headers: {'if-match': 'yesterday'}}, invalid('If-Match', /ETag/)));

  test('An Idempotency-Key with another body, path or method is refused', async () => {
    const headers = {'idempotency-key': 'used-once'};
    const path = `/v1/leads/${lead.id}`;
    await suite.api.patch(path, {firstName: 'First'}, {headers});
    const expected = {status: 422, type: 'idempotency-mismatch', field: 'Idempotency-Key', detail: /another|new/};
    await refused('PATCH', path, {body: {firstName: 'Second'}, headers}, expected);
    await refused('PUT', path, {body: {firstName: 'First'}, headers}, expected);
    await refused('PATCH', `/v1/leads/${other.id}`, {body: {firstName: 'First'}, headers}, expected);
  });

  test('An Idempotency-Key that is too long or has a space is refused', async () => {
    for (const key of ['k'.repeat(256), 'two words']) {
      await refused('PATCH', `/v1/leads/${lead.id}`, {body: {firstName: 'x'}, headers: {'idempotency-key': key}}, invalid('Idempotency-Key', /255/));
    }
  });

  test('Query parameters that are unknown, wrong or foreign are refused by name', async () => {
    const elsewhere = (await suite.api.get('/v1/leads?limit=1')).body.nextToken;
    for (const [path, field] of [
      ['/v1/leads?updatedSinse=2026-01-01T00:00:00Z', 'updatedSinse'], ['/v1/leads?updatedSince=yesterday', 'updatedSince'],
      ['/v1/leads?limit=0', 'limit'], ['/v1/leads?limit=1001', 'limit'], ['/v1/leads?limit=ten', 'limit'],
      ['/v1/leads?nextToken=AAAA', 'nextToken'], [`/v1/contacts?nextToken=${encodeURIComponent(elsewhere)}`, 'nextToken'],
      [`/v1/leads?nextToken=${encodeURIComponent(`${elsewhere.slice(0, -2)}AA`)}`, 'nextToken'],
      ['/v1/leads/lookup', 'phone'], ['/v1/leads/lookup?phone=none', 'phone'], [`/v1/leads/${lead.id}?at=noon`, 'at'],
      [`/v1/leads/${lead.id}/changes?order=up`, 'order'], [`/v1/leads/${lead.id}/changes?after=x`, 'after'],
      ['/v1/contacts?limit=101', 'limit'], ['/v1/contacts?page=2', 'page'], ['/v1/contacts/detail', 'contactId'],
      ['/v1/contacts/detail?contactId=five', 'contactId'], ['/v1/changes?after=x', 'after'], ['/v1/changes?kind=deal', 'kind'],
      ['/v1/changes?wait=31', 'wait'], [`/v1/endpoints/${endpoint.id}/deliveries?state=lost`, 'state'], [`/v1/endpoints/${endpoint.id}?full=1`, 'full'],
    ]) {
      await refused('GET', path, {}, {status: 422, field, detail: /./});
    }
  });

  test('Ids that can be none are not found', async () => {
    for (const path of ['/v1/contacts/five', '/v1/contacts/0', '/v1/contacts/9007199254740992', `/v1/leads/${'x'.repeat(1000)}`,
      `/v1/endpoints/${endpoint.id}/deliveries/0-1`, `/v1/endpoints/${endpoint.id}/deliveries/0-999999-0`]) {
      await suite.api.get(path, {status: 404});
    }
  });

  test('A path with a hidden slash or a control character is refused before there is a route', async () => {
    assert.match((await suite.api.get('/v1/leads/%00', {status: 400})).body.detail, /control character/);
    assert.match((await suite.api.get('/v1/leads/..%2Fkeys', {status: 400})).body.detail, /slash/);
  });

  test('A body of another type is refused', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml']) {
      await refused('POST', '/v1/leads/create', {raw: `{"phone": "${newPhone()}"}`, headers: {'content-type': type}},
        {status: 415, type: 'unsupported-media-type', field: 'Content-Type', detail: /application\/json/});
    }
  });

  test('A method that a path does not have is told those it has', async () => {
    const {headers, body} = await suite.api.call('PUT', '/v1/leads', {body: {}, status: 405});
    assert.equal(headers.get('allow'), 'GET');
    assert.equal(body.type, 'urn:deltapost:problem:method-not-allowed');
    await suite.api.call('POST', `/v1/contacts/${contact.id}`, {body: {}, status: 405});
    await suite.api.get('/v1/nothing', {status: 404});
  });

  test('A body of 10 MiB is refused, with or without its length told', async () => {
    const untouched = await everything();
    const body = `{"phone": "${newPhone()}", "summary": "${'x'.repeat(10 * MiB)}"}`;
    for (const chunked of [false, true]) {
      const {status, problem} = await postLarge(suite.server, '/v1/leads/create', {body, chunked, headers: {Authorization: `Bearer ${suite.api.key}`}});
      assert.equal(status, 413);
      checkNamed('Problem', problem);
      assert.match(problem.detail, /1 MiB|1048576/);
    }
    assert.deepEqual(await everything(), untouched);
  });

  test('A text beyond its limit is refused by name, though the body is within its own', () =>
    refused('PATCH', `/v1/leads/${lead.id}`, {body: {summary: 'x'.repeat(900 * KiB)}}, invalid('summary', /characters/)));
});

describe('Without an allow list', () => {
  const suite = suiteServer({allow: ''});

  test('No spelling of the loopback address makes an endpoint', async () => {
    for (const host of ['127.0.0.1', '127.1', '2130706433', '0x7f.1', '0177.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '0.0.0.0', 'localhost']) {
      const {body} = await suite.api.post('/v1/endpoints', {url: `http://${host}:8080/hook`}, {status: 422});
      assert.equal(body.field, 'url', host);
    }
    assert.deepEqual((await suite.api.get('/v1/endpoints')).body.endpoints, []);
  });
});
