// A server that others deliver to.
import { once } from 'node:events';
import http from 'node:http';

// Keeps what it gets; answers with the next of `answers`, or 200.
export class Receiver {
  got = [];
  answers = [];
  waiting = [];

  async listen(port = 0) {
    this.server = http.createServer((request, response) => {
      const chunks = [];
      request.on('data', (chunk) => chunks.push(chunk));
      request.on('end', () => {
        this.got.push({ headers: request.headers, url: request.url, text: Buffer.concat(chunks).toString() });
        response.statusCode = this.answers.shift() ?? 200;
        response.end(this.answer ?? `answer ${response.statusCode}`);
        this.waiting = this.waiting.filter((check) => !check());
      });
    });
    this.server.listen(port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = this.server.address().port;
    return this;
  }

  // Resolves once it has got n requests.
  has(n) {
    return new Promise((resolve) => {
      const check = () => this.got.length >= n && (resolve(this.got.map((one) => ({ ...one, json: JSON.parse(one.text) }))), true);
      if (!check()) this.waiting.push(check);
    });
  }

  url = () => `http://127.0.0.1:${this.port}/hook`;

  async close() {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
