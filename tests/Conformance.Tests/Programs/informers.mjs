// @kubernetes/client-node at work. It reads commands from its input ("restarted": the server was replaced), says in lines what it
// sees, and ends with its input.
import { createInterface } from 'node:readline';
import * as k8s from '@kubernetes/client-node';

const namespace = 'javascript';
const config = new k8s.KubeConfig();
config.loadFromDefault();
const core = config.makeApiClient(k8s.CoreV1Api);
const apps = config.makeApiClient(k8s.AppsV1Api);
const custom = config.makeApiClient(k8s.CustomObjectsApi);
const objects = k8s.KubernetesObjectApi.makeApiClient(config);
const patching = (strategy) => k8s.setHeaderOptions('Content-Type', strategy);
const say = (...parts) => console.log(parts.map((p) => (typeof p === 'string' ? p : JSON.stringify(p))).join(' '));
const refused = async (what) => what.then(() => 'accepted', (e) => `${e.code} ${JSON.parse(e.body).reason}`);

async function typed() {
    await core.createNamespace({ body: { metadata: { name: namespace } } });
    const body = {
        metadata: { name: 'web', labels: { app: 'web' } },
        spec: {
            selector: { matchLabels: { app: 'web' } },
            template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'main', image: 'example.com/web:1' }, { name: 'side', image: 'example.com/side:1' }] } },
        },
    };
    const created = await apps.createNamespacedDeployment({ namespace, body });
    say(created.kind, created.spec.replicas, created.metadata.creationTimestamp instanceof Date, created.spec.strategy.rollingUpdate);
    const at = { name: 'web', namespace };
    const images = (d) => d.spec.template.spec.containers.map((c) => c.image);
    say(images(await apps.patchNamespacedDeployment({ ...at, body: { spec: { template: { spec: { containers: [{ name: 'side', image: 'example.com/side:2' }] } } } } }, patching(k8s.PatchStrategy.StrategicMergePatch))));
    say((await apps.patchNamespacedDeployment({ ...at, body: { metadata: { labels: { app: null, tier: 'front' } } } }, patching(k8s.PatchStrategy.MergePatch))).metadata.labels);
    say((await apps.patchNamespacedDeployment({ ...at, body: [{ op: 'replace', path: '/spec/replicas', value: 3 }] })).spec.replicas);   // the client's own choice: a JSON patch
    const applied = await apps.patchNamespacedDeployment(
        { ...at, fieldManager: 'javascript', force: true, body: { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: { replicas: 4 } } },
        patching(k8s.PatchStrategy.ServerSideApply));
    say(applied.spec.replicas, applied.metadata.managedFields.filter((f) => f.operation === 'Apply').map((f) => f.manager));
    const scale = await apps.readNamespacedDeploymentScale(at);
    say((await apps.replaceNamespacedDeploymentScale({ ...at, body: { ...scale, spec: { replicas: 6 } } })).spec.replicas);
    const read = await apps.readNamespacedDeployment(at);
    read.metadata.annotations = { written: 'whole' };
    say((await apps.replaceNamespacedDeployment({ ...at, body: read })).metadata.annotations);
    say(await refused(apps.replaceNamespacedDeployment({ ...at, body: read })));
    say(await refused(core.readNamespacedPod({ name: 'nobody', namespace })));
    say((await core.listNamespacedSecret({ namespace, limit: 1 })).items, (await apps.listDeploymentForAllNamespaces({ labelSelector: 'tier in (front)' })).items.map((d) => d.metadata.name));
}

async function generic() {
    const yaml = k8s.loadAllYaml(`
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: kites.javascript.example.com }
spec:
  group: javascript.example.com
  scope: Namespaced
  names: { plural: kites, singular: kite, kind: Kite }
  versions:
  - name: v1
    served: true
    storage: true
    subresources: { status: {} }
    schema: { openAPIV3Schema: { type: object, properties: { spec: { type: object, required: [length], properties: { length: { type: integer }, colour: { type: string, default: red } } }, status: { type: object, properties: { flying: { type: boolean } } } } } }
---
apiVersion: v1
kind: Service
metadata: { name: kites, namespace: ${namespace} }
spec: { ports: [{ port: 80 }], selector: { app: kites } }
`);
    for (const one of yaml) say('created', (await objects.create(one)).kind);
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'kites', namespace } };
    say((await objects.patch({ ...service, spec: { ports: [{ port: 80, targetPort: 8080 }] } }, undefined, undefined, 'javascript', true, k8s.PatchStrategy.ServerSideApply)).spec.ports);
    say((await objects.patch({ ...service, metadata: { ...service.metadata, labels: { x: 'y' } } }, undefined, undefined, undefined, undefined, k8s.PatchStrategy.MergePatch)).metadata.labels);
    say((await objects.list('v1', 'Service', namespace)).items.map((s) => s.metadata.name), (await objects.read(service)).spec.type);
    say((await objects.delete(service)).kind);   // deleting a Service answers with it

    await established('kites.javascript.example.com');
    const kites = { group: 'javascript.example.com', version: 'v1', namespace, plural: 'kites' };
    const kite = { apiVersion: 'javascript.example.com/v1', kind: 'Kite', metadata: { name: 'big' }, spec: { length: 3 } };
    say((await custom.createNamespacedCustomObject({ ...kites, body: kite })).spec);
    say((await custom.patchNamespacedCustomObject({ ...kites, name: 'big', body: [{ op: 'add', path: '/spec/colour', value: 'blue' }] })).spec);
    say((await custom.patchNamespacedCustomObjectStatus({ ...kites, name: 'big', body: { status: { flying: true } } }, patching(k8s.PatchStrategy.MergePatch))).status);
    say(await refused(custom.createNamespacedCustomObject({ ...kites, body: { ...kite, metadata: { name: 'small' }, spec: {} } })));
    say((await objects.read({ ...kite, metadata: { name: 'big', namespace } })).spec, (await custom.listNamespacedCustomObject(kites)).items.length);
    say((await custom.deleteNamespacedCustomObject({ ...kites, name: 'big' })).status);
}

async function established(name) {
    const watch = new k8s.Watch(config);
    await new Promise((resolve, reject) => {
        let request;
        watch.watch('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', { fieldSelector: `metadata.name=${name}` }, (_, definition) => {
            if (definition.status?.conditions?.some((c) => c.type === 'Established' && c.status === 'True')) {
                resolve();
                request?.abort();
            }
        }, (e) => (e ? reject(e) : resolve())).then((r) => (request = r));
    });
}

// Two informers of the same objects: one of all, one with a selector that objects enter and leave.
async function informers() {
    const path = `/api/v1/namespaces/${namespace}/configmaps`;
    const all = k8s.makeInformer(config, path, () => core.listNamespacedConfigMap({ namespace }));
    const chosen = k8s.makeInformer(config, path, () => core.listNamespacedConfigMap({ namespace, labelSelector: 'chosen' }), 'chosen');
    const events = new Map();
    let wake = () => {};
    for (const [name, informer] of [['all', all], ['chosen', chosen]]) {
        events.set(name, []);
        for (const kind of ['add', 'update', 'delete']) informer.on(kind, (o) => { events.get(name).push(`${kind} ${o.metadata.name}`); wake(); });
        // What clients do about an error: begin again. A broken connection is one, a revision that is gone is not.
        informer.on('error', () => setTimeout(() => informer.start(), 50));
    }
    const seen = async (name, count) => {
        while (events.get(name).length < count) await new Promise((resolve) => (wake = resolve));
        say(name, events.get(name).splice(0, count));
    };
    const map = (name, labels) => ({ metadata: { name, labels }, data: {} });
    const merge = (name, body) => core.patchNamespacedConfigMap({ name, namespace, body }, patching(k8s.PatchStrategy.MergePatch));

    await core.createNamespacedConfigMap({ namespace, body: map('one', { chosen: 'yes' }) });
    await all.start();
    await chosen.start();
    await seen('all', 1);
    await core.createNamespacedConfigMap({ namespace, body: map('two') });
    await merge('two', { metadata: { labels: { chosen: 'yes' } } });
    await merge('one', { metadata: { labels: { chosen: null } } });
    await core.deleteNamespacedConfigMap({ name: 'two', namespace });
    await seen('all', 4);
    await seen('chosen', 4);
    say('cached', all.list(namespace).map((o) => o.metadata.name), chosen.list(namespace).length, all.get('one', namespace).metadata.name);

    say('ready');
    for await (const line of createInterface({ input: process.stdin })) {
        if (line !== 'restarted') continue;
        // The change was made while nobody was watching, and the server has forgotten it: only a new list can tell.
        await seen('all', 3);
        await seen('chosen', 1);
        say('cached', all.list(namespace).map((o) => o.metadata.name).sort());
        await merge('three', { data: { after: 'the restart' } });
        await seen('all', 1);
        await seen('chosen', 1);
        break;
    }
    await all.stop();
    await chosen.stop();
}

for (const part of [typed, generic, informers]) {
    say(`# ${part.name}`);
    await part();
}
say('done');
process.exit(0);
