// Senders of webhooks to our sources, each signing as its vendor says: written anew here, so that two hands must agree.
import {createHmac, randomUUID} from 'node:crypto';
import {StandardWebhook} from './peers.mjs';

const hmac = (secret, text, {algorithm = 'sha256', encoding = 'hex'} = {}) =>
  createHmac(algorithm, secret).update(text).digest(encoding);
const seconds = (at) => String(Math.floor(at / 1000));
/** A time is signed together with the body's bytes. */
const joined = (...parts) => Buffer.concat(parts.map((part) => Buffer.from(part)));

/** HubSpot signs its URL with these characters decoded. */
const decoded = (url) => url.replace(/%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi, (escape) => decodeURIComponent(escape));

/** By scheme: (secret, raw body, {id, at, verifier, path}) => headers. */
const signers = {
  standard: (secret, raw, {id, at}) => ({
    'webhook-id': id, 'webhook-timestamp': seconds(at), 'webhook-signature': new StandardWebhook(secret).sign(id, new Date(at), raw.toString()),
  }),
  apten: (secret, raw) => ({'X-Signature-SHA256': hmac(secret, raw)}),
  hmac: (secret, raw, {verifier}) => ({[verifier.header]: (verifier.prefix ?? '') + hmac(secret, raw, verifier)}),
  github: (secret, raw) => ({'X-Hub-Signature-256': `sha256=${hmac(secret, raw)}`}),
  stripe: (secret, raw, {at}) => ({'Stripe-Signature': `t=${seconds(at)},v1=${hmac(secret, joined(seconds(at), '.', raw))}`}),
  hubspot: (secret, raw, {at, verifier, path}) => ({
    'X-HubSpot-Signature-v3': hmac(secret, joined('POST', verifier.url + decoded(/\?.*|$/.exec(path)[0]), raw, String(at)), {encoding: 'base64'}),
    'X-HubSpot-Request-Timestamp': String(at),
  }),
  close: (secret, raw, {at}) => ({
    'close-sig-hash': hmac(Buffer.from(secret, 'hex'), joined(seconds(at), raw)), 'close-sig-timestamp': seconds(at),
  }),
  token: (secret, raw, {verifier}) => (verifier.header ? {[verifier.header]: (verifier.prefix ?? '') + secret} : {}),
  none: () => ({}),
};

export class Sender {
  /** Creates the source at Deltapost, and gives the one who sends to it. */
  static async create(api, input) {
    const {source, url, token, secret} = (await api.post('/v1/sources', input, {status: 201})).body;
    const {pathname} = new URL(url);
    return Object.assign(new Sender(), {api, id: source.id, source, url, token, secret, path: pathname, verifier: source.verifier});
  }

  get scheme() { return this.verifier.scheme ?? this.verifier; }

  sign(raw, {id = randomUUID(), at = Date.now(), path = this.path, secret = this.secret} = {}) {
    return signers[this.scheme](secret, raw, {id, at, path, verifier: this.verifier});
  }

  /**
   * Posts a webhook: text and bytes as they are, anything else as JSON. `signed` goes to the signature (id, at, secret);
   * false leaves it out. Gives the answer of Client.call; `status` is 200 unless it says otherwise.
   */
  send(body, {status = 200, headers = {}, signed = {}, query = '', type = 'application/json'} = {}) {
    const raw = typeof body === 'string' || Buffer.isBuffer(body) ? Buffer.from(body) : Buffer.from(JSON.stringify(body));
    const parameter = this.verifier.parameter && signed ? `?${this.verifier.parameter}=${encodeURIComponent(signed.secret ?? this.secret)}` : '';
    const path = this.path + (query || parameter);
    const signature = signed ? this.sign(raw, {path, ...signed}) : {};
    return this.api.call('POST', path, {raw, key: null, status, headers: {...(type && {'content-type': type}), ...signature, ...headers}});
  }

  /** The same, and gives the answer's body; `verdict` is the one expected. */
  async says(verdict, body, options) {
    const answer = (await this.send(body, options)).body;
    if (answer.verdict !== verdict) throw new Error(`expected ${verdict}, got ${JSON.stringify(answer)}`);
    return answer;
  }

  async receipts(query = '') {
    const all = query.includes('limit=') ? '' : '&limit=500';
    return (await this.api.get(`/v1/receipts?source=${this.id}${all}${query}`)).body.receipts;
  }

  async receipt(id) { return (await this.api.get(`/v1/receipts/${id}`)).body; }
}

/** The flags of an answer or a receipt, over all its items. */
export const flagsOf = ({items = []}) => items.flatMap(({flags = []}) => flags.map(({flag, field}) => (field ? `${flag} ${field}` : flag))).sort();

let clock = Date.now() - 3_600_000;
/** Times of a sender's clock: each a second after the one before, all of them past. */
export const tick = () => new Date(clock += 1000).toISOString();

export const lead = (api, id) => api.get(`/v1/leads/${id}`).then(({body}) => body);
export const contact = (api, id) => api.get(`/v1/contacts/${id}`).then(({body}) => body.data.contact);
/** All that webhooks could have changed: the log tells. */
export const written = async (api) => (await api.allChanges()).length;
