// Receivers of messages: an HTTP service and an SMTP server of the test's own.
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';

// Hands over what has arrived, in its order, also to those who waited before it came.
class Mailbox {
  constructor() {
    this.messages = [];
    this.waiting = [];
  }

  put(message) {
    const index = this.waiting.findIndex(({ matches }) => matches(message));
    if (index < 0) this.messages.push(message);
    else this.waiting.splice(index, 1)[0].resolve(message);
  }

  take(matches = () => true, deadline = 120_000) {
    const index = this.messages.findIndex(matches);
    if (index >= 0) return Promise.resolve(this.messages.splice(index, 1)[0]);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('no message came')), deadline);
      this.waiting.push({ matches, resolve: (message) => (clearTimeout(timer), resolve(message)) });
    });
  }
}

/** {url, take(matches), messages, fail: number of requests to refuse first, close()} */
export async function startHttpMailbox() {
  const box = new Mailbox();
  box.fail = 0;
  const server = http.createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (part) => (text += part));
    request.on('end', () => {
      const refused = box.fail > 0;
      if (refused) box.fail -= 1;
      else box.put({ headers: request.headers, ...JSON.parse(text) });
      response.writeHead(refused ? 503 : 200).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  box.url = `http://127.0.0.1:${server.address().port}/send`;
  box.close = () => server.close();
  return box;
}

function readMail(text) {
  const [head, body] = text.split('\r\n\r\n');
  const headers = Object.fromEntries(head.replaceAll(/\r\n /g, ' ').split('\r\n').map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]));
  return { headers, content: Buffer.from(body, 'base64').toString() };
}

// One session: commands are answered line by line, the message ends with a lone dot.
function converse(socket, box) {
  let buffer = '';
  let mail = null;
  let asked = false; // for the credentials, which are the next line
  const envelope = {};
  const say = (line) => socket.write(`${line}\r\n`);
  const commands = {
    EHLO: () => say('250-mail.test\r\n250 AUTH PLAIN'),
    HELO: () => say('250 mail.test'),
    AUTH: () => {
      asked = true;
      say('334 ');
    },
    MAIL: (line) => {
      envelope.from = line;
      say('250 ok');
    },
    RCPT: (line) => {
      envelope.to = line;
      say('250 ok');
    },
    DATA: () => {
      mail = '';
      say('354 go on');
    },
    QUIT: () => say('221 bye'),
  };
  say('220 mail.test');
  socket.setEncoding('utf8').on('error', () => {});
  socket.on('data', (part) => {
    buffer += part;
    for (let end = buffer.indexOf('\r\n'); end >= 0; end = buffer.indexOf('\r\n')) {
      const line = buffer.slice(0, end);
      buffer = buffer.slice(end + 2);
      if (asked) {
        envelope.auth = line;
        asked = false;
        say('235 ok');
      } else if (mail === null) (commands[line.slice(0, 4).toUpperCase()] ?? (() => say('500 what')))(line);
      else if (line === '.') {
        box.put({ ...envelope, ...readMail(mail) });
        mail = null;
        say('250 taken');
      } else mail += `${line.replace(/^\.\./, '.')}\r\n`;
    }
  });
}

/** {port, take(matches), messages, close()} */
export async function startSmtpMailbox() {
  const box = new Mailbox();
  const server = net.createServer((socket) => converse(socket, box));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  box.port = server.address().port;
  box.close = () => server.close();
  return box;
}

const USAGES = ['SignIn', 'Register', 'ForgotPassword', 'Generic'];

/** The config of an SMTP connector that sends to the mailbox. */
export const smtpConfig = (box, config = {}) => ({
  host: '127.0.0.1',
  port: box.port,
  auth: { user: 'signet', pass: 'smtp-password' },
  fromEmail: 'Signet <no-reply@signet.example>',
  templates: USAGES.map((usageType) => ({ usageType, contentType: 'text/plain', subject: `${usageType} – café`, content: `Your code is {{code}} for {{ application.name }}{{unknown}}` })),
  ...config,
});
