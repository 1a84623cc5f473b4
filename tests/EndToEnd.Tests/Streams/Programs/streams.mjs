// @kubernetes/client-node's streams.
import { PassThrough, Readable } from 'node:stream';
import * as net from 'node:net';
import * as k8s from '@kubernetes/client-node';

const config = new k8s.KubeConfig();
config.loadFromDefault();
const collect = () => {
    const stream = new PassThrough();
    stream.text = '';
    stream.on('data', (piece) => (stream.text += piece));
    return stream;
};

const run = async (command, input) => {
    const [out, err] = [collect(), collect()];
    const status = await new Promise((resolve, reject) =>
        new k8s.Exec(config).exec('default', 'web', 'main', command, out, err, input ?? null, false, resolve).catch(reject));
    return [out.text, err.text, status.status, status.details?.causes?.map((c) => `${c.reason}=${c.message}`) ?? []];
};

console.log('run', JSON.stringify(await run(['sh', '-c', 'echo out; echo err >&2'])));
console.log('failed', JSON.stringify(await run(['sh', '-c', 'exit 6'])));
console.log('input', JSON.stringify(await run(['head', '-n', '1'], Readable.from(['first\n']))));
const missing = await new k8s.Exec(config).exec('default', 'none', 'main', ['true'], collect(), collect(), null, false).then(() => 'there', (e) => e.message ?? String(e));
console.log('missing', missing);

const forward = new k8s.PortForward(config);
const server = net.createServer((socket) => void forward.portForward('default', 'web', [8080], socket, null, socket));
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const answer = await fetch(`http://127.0.0.1:${server.address().port}/`, { headers: { connection: 'close' } });
console.log('forwarded', answer.status, (await answer.text()).trim());
process.exit(0);
