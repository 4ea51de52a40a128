// A webhook receiver whose answers a test can change midway. Keeps every request with what became of it.
import {createServer} from 'node:http';
import {within} from './support.mjs';

export class Receiver {
  static async start(t, answer = () => ({status: 200})) {
    const receiver = new Receiver();
    receiver.answer = answer;
    receiver.requests = [];
    receiver.waiting = new Set();
    receiver.server = createServer((request, response) => receiver.#take(request, response));
    await new Promise((resolve) => receiver.server.listen(0, '127.0.0.1', resolve));
    receiver.url = `http://127.0.0.1:${receiver.server.address().port}/hook`;
    t?.after(() => receiver.stop());
    return receiver;
  }

  async #take(request, response) {
    const chunks = [];
    try {
      for await (const chunk of request) chunks.push(chunk);
    } catch {
      return;  // cut off before it was whole: the sender knows
    }
    const raw = Buffer.concat(chunks);
    const text = raw.toString('utf8');
    const delivery = {
      path: request.url, method: request.method, headers: request.headers, raw, text, body: JSON.parse(text),
      id: request.headers['webhook-id'], type: request.headers['deltapost-event'],
      version: Number(request.headers['deltapost-record-version']), attempt: Number(request.headers['deltapost-attempt']),
      answered: false, receivedAt: Date.now(),
    };
    this.requests.push(delivery);
    this.#look();
    const {status, headers = {}, body = 'ok'} = await this.answer(delivery, this.requests.length);
    delivery.status = status;
    response.writeHead(status, headers);
    response.end(body, () => {
      delivery.answered = true;
      this.#look();
    });
  }

  #look() {
    for (const look of this.waiting) look();
  }

  /** Resolves with all requests once `enough(requests)` holds. */
  until(enough, what) {
    const reached = new Promise((resolve) => {
      const look = () => {
        if (!enough(this.requests)) return;
        this.waiting.delete(look);
        resolve(this.requests);
      };
      this.waiting.add(look);
      look();
    });
    return within(reached, () => `${what}; ${this.requests.length} requests came, the last ones: ` +
      JSON.stringify(this.requests.slice(-3).map(({id, type, status, text}) => ({id, type, status, text}))).slice(0, 2000));
  }

  count(n) { return this.until((requests) => requests.length >= n, `${n} webhooks`); }
  /** The first request that `accept` likes. */
  async first(accept, what) { return (await this.until((all) => all.some(accept), what)).find(accept); }

  stop() {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(resolve));
  }
}
