"""The dynamic client of python3-kubernetes at work: whatever is discovered can be created, changed, watched and deleted."""
import json
import sys
import threading

from kubernetes import client, config, dynamic, watch
from kubernetes.client.rest import ApiException
from kubernetes.dynamic.exceptions import ConflictError, DynamicApiError, NotFoundError, ResourceNotFoundError

NAMESPACE = "dynamic"
JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_MERGE_PATCH = "application/strategic-merge-patch+json"

api = dynamic.DynamicClient(config.new_client_from_config())


def server_side_apply(resource, body, manager, **options):
    # This version of the client sends a body of this content type only as text.
    return resource.server_side_apply(name=body["metadata"]["name"], namespace=NAMESPACE, body=json.dumps(body), field_manager=manager, **options)


def discovery():
    pods = api.resources.get(api_version="v1", kind="Pod")
    print(pods.name, pods.namespaced, sorted(pods.short_names), sorted(pods.subresources))
    print([r.group_version for r in api.resources.search(kind="HorizontalPodAutoscaler", preferred=True)])
    print(sorted({r.name for r in api.resources.search(api_version="apps/v1")}))
    print(api.version["kubernetes"]["major"], api.version["kubernetes"]["minor"])
    try:
        api.resources.get(api_version="nowhere/v1", kind="Nothing")
    except ResourceNotFoundError as e:
        print("not served:", "Nothing" in str(e))


def changes():
    deployments = api.resources.get(api_version="apps/v1", kind="Deployment")
    created = deployments.create(namespace=NAMESPACE, body={
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "labels": {"app": "web"}},
        "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "main", "image": "example.com/web:1"}, {"name": "side", "image": "example.com/side:1"}]}}}})
    print(created.kind, created.spec.replicas, created.spec.strategy.rollingUpdate.maxSurge, created.spec.template.spec.containers[0].imagePullPolicy)

    def patched(content_type, body, **options):
        return deployments.patch(name="web", namespace=NAMESPACE, content_type=content_type, body=body, **options)

    strategic = patched(STRATEGIC_MERGE_PATCH, {"spec": {"template": {"spec": {"containers": [{"name": "side", "image": "example.com/side:2"}]}}}})
    print([c.image for c in strategic.spec.template.spec.containers])
    merged = patched(MERGE_PATCH, {"metadata": {"labels": {"app": None, "tier": "front"}}})
    print(merged.to_dict()["metadata"]["labels"])
    replaced = patched(JSON_PATCH, [{"op": "test", "path": "/spec/replicas", "value": 1}, {"op": "replace", "path": "/spec/replicas", "value": 3}])
    print(replaced.spec.replicas, replaced.metadata.generation)
    tried = patched(MERGE_PATCH, {"spec": {"replicas": 9}}, dry_run="All")
    print(tried.spec.replicas, deployments.get(name="web", namespace=NAMESPACE).spec.replicas)
    try:
        patched(JSON_PATCH, [{"op": "test", "path": "/spec/replicas", "value": 1}])
    except DynamicApiError as e:
        print(e.status, e.reason)

    print(deployments.scale.get(name="web", namespace=NAMESPACE).spec.replicas,
          deployments.scale.patch(name="web", namespace=NAMESPACE, body={"spec": {"replicas": 5}}, content_type=MERGE_PATCH).spec.replicas)
    status = deployments.status.patch(name="web", namespace=NAMESPACE, body={"status": {"replicas": 2}}, content_type=MERGE_PATCH)
    print(status.status.replicas, status.spec.replicas)

    stale = deployments.get(name="web", namespace=NAMESPACE).to_dict()
    patched(MERGE_PATCH, {"metadata": {"annotations": {"a": "b"}}})
    try:
        deployments.replace(namespace=NAMESPACE, body=stale)
    except ConflictError as e:
        print(e.status, "the object has been modified" in str(e.body))
    try:
        deployments.create(namespace=NAMESPACE, body={"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "bad"}, "spec": {
            "selector": {"matchLabels": {"app": "x"}}, "template": {"metadata": {"labels": {"app": "y"}}, "spec": {"containers": []}}}})
    except DynamicApiError as e:
        print(e.status, sorted({c["field"] for c in json.loads(e.body)["details"]["causes"]}))


def apply():
    maps = api.resources.get(api_version="v1", kind="ConfigMap")

    def applied(manager, data, **options):
        return server_side_apply(maps, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "shared"}, "data": data}, manager, **options)

    print(applied("one", {"a": "1", "b": "1"}).to_dict()["data"])
    print(applied("two", {"c": "2"}).to_dict()["data"])
    try:
        applied("two", {"a": "2", "c": "2"})
    except ConflictError as e:
        print(e.status, 'conflict with \\"one\\": .data.a' in e.body.decode())
    print(applied("two", {"a": "2", "c": "2"}, force_conflicts=True).to_dict()["data"])
    last = applied("one", {"b": "1"})
    print(last.to_dict()["data"], sorted((f.manager, f.operation) for f in last.metadata.managedFields))


def watches():
    maps = api.resources.get(api_version="v1", kind="ConfigMap")

    def new(name, **labels):
        return maps.create(namespace=NAMESPACE, body={"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": labels}})

    def seen(count, **options):
        events, watcher = [], watch.Watch()
        for event in maps.watch(namespace=NAMESPACE, timeout=20, watcher=watcher, **options):
            events.append((event["type"], event["object"].metadata.name))
            if len(events) == count:
                watcher.stop()
        return events

    new("w1", watched="yes")
    start = maps.get(namespace=NAMESPACE, label_selector="watched=yes")
    print([i.metadata.name for i in start.items])
    # What happened since a revision, with objects that enter and leave the selector.
    new("w2")
    maps.patch(name="w2", namespace=NAMESPACE, content_type=MERGE_PATCH, body={"metadata": {"labels": {"watched": "yes"}}})
    maps.patch(name="w1", namespace=NAMESPACE, content_type=MERGE_PATCH, body={"data": {"k": "v"}})
    maps.patch(name="w1", namespace=NAMESPACE, content_type=MERGE_PATCH, body={"metadata": {"labels": {"watched": "no"}}})
    maps.delete(name="w2", namespace=NAMESPACE)
    print(seen(4, label_selector="watched=yes", resource_version=start.metadata.resourceVersion))
    # What exists first, then what happens while watching.
    writer = threading.Timer(0.2, lambda: maps.patch(name="w1", namespace=NAMESPACE, content_type=MERGE_PATCH, body={"data": {"k": "w"}}))
    writer.start()
    print(seen(2, field_selector="metadata.name=w1"))
    writer.join()
    print(refusal("nonsense"))


def refusal(version):
    """What a watch from a resource version is refused with."""
    maps = api.resources.get(api_version="v1", kind="ConfigMap")
    try:
        for event in maps.watch(namespace=NAMESPACE, timeout=1, resource_version=version):
            return event["type"]
    except (DynamicApiError, ApiException) as e:
        return e.status


def pages():
    secrets = api.resources.get(api_version="v1", kind="Secret")
    for number in range(7):
        secrets.create(namespace=NAMESPACE, body={"apiVersion": "v1", "kind": "Secret", "metadata": {"name": f"s{number}", "labels": {"page": "y"}}, "stringData": {"k": "v"}})
    names, token = [], None
    while True:
        page = secrets.get(namespace=NAMESPACE, limit=3, _continue=token)
        names.append([i.metadata.name for i in page.items])
        if not token:
            print(page.metadata.remainingItemCount, page.items[0].data.k)
        token = page.metadata["continue"]
        if not token:
            break
        # What is made in between is no part of a list that has begun.
        secrets.create(namespace=NAMESPACE, body={"apiVersion": "v1", "kind": "Secret", "metadata": {"name": f"s9-{len(names)}"}})
    print(names)
    print(secrets.delete(namespace=NAMESPACE, label_selector="page=y").kind)
    print([i.metadata.name for i in secrets.get(namespace=NAMESPACE).items])


def custom():
    definitions = api.resources.get(api_version="apiextensions.k8s.io/v1", kind="CustomResourceDefinition")
    definitions.create(body={
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "lamps.python.example.com"},
        "spec": {"group": "python.example.com", "scope": "Namespaced", "names": {"plural": "lamps", "singular": "lamp", "kind": "Lamp"},
                 "versions": [{"name": "v1", "served": True, "storage": True, "subresources": {"status": {}}, "schema": {"openAPIV3Schema": {
                     "type": "object", "properties": {
                         "spec": {"type": "object", "properties": {"watts": {"type": "integer", "default": 40, "maximum": 100}, "colours": {"type": "array", "items": {"type": "string"}}}},
                         "status": {"type": "object", "properties": {"lit": {"type": "boolean"}}}}}}}]}})
    for event in definitions.watch(name="lamps.python.example.com", timeout=20):
        conditions = {c["type"]: c["status"] for c in (event["raw_object"].get("status") or {}).get("conditions") or []}
        if conditions.get("Established") == "True":
            break
    api.resources.invalidate_cache()
    lamps = api.resources.get(api_version="python.example.com/v1", kind="Lamp")
    lamp = lamps.create(namespace=NAMESPACE, body={"apiVersion": "python.example.com/v1", "kind": "Lamp", "metadata": {"name": "desk"}, "spec": {}, "status": {"lit": True}})
    print(lamp.spec.watts, lamp.status)
    print(lamps.patch(name="desk", namespace=NAMESPACE, content_type=MERGE_PATCH, body={"spec": {"colours": ["red"]}}).spec.colours)
    print(lamps.patch(name="desk", namespace=NAMESPACE, content_type=JSON_PATCH, body=[{"op": "add", "path": "/spec/colours/-", "value": "blue"}]).spec.colours)
    print(lamps.status.patch(name="desk", namespace=NAMESPACE, content_type=MERGE_PATCH, body={"status": {"lit": True}}).status.lit)
    applied = server_side_apply(lamps, {"apiVersion": "python.example.com/v1", "kind": "Lamp", "metadata": {"name": "desk"}, "spec": {"watts": 60}}, "python", force_conflicts=True)
    print(applied.spec.watts, applied.metadata.generation)
    for content_type, body in ((STRATEGIC_MERGE_PATCH, {"spec": {"watts": 1}}), (MERGE_PATCH, {"spec": {"watts": 1000}})):
        try:
            lamps.patch(name="desk", namespace=NAMESPACE, content_type=content_type, body=body)
        except DynamicApiError as e:
            print(e.status, e.reason)
    lamps.delete(name="desk", namespace=NAMESPACE, body={"propagationPolicy": "Background"})
    definitions.delete(name="lamps.python.example.com")
    try:
        lamps.get(name="desk", namespace=NAMESPACE)
    except NotFoundError as e:
        print(e.status)


if len(sys.argv) > 1:
    print("gone", refusal(sys.argv[1]))
    sys.exit()
client.CoreV1Api(api.client).create_namespace({"metadata": {"name": NAMESPACE}})
for part in (discovery, changes, apply, watches, pages, custom):
    print(f"# {part.__name__}")
    part()
