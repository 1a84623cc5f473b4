namespace Slipway.Conformance;

/// <summary>Every form in which kubectl shows objects, and every way in which it chooses and sorts them.</summary>
public sealed class KubectlOutputTests(ApiServerFixture api) : IClassFixture<ApiServerFixture>
{
    private const string Pods = """
        apiVersion: v1
        kind: Pod
        metadata: { name: a, labels: { app: web, tier: front } }
        spec:
          nodeName: n1
          containers:
          - { name: main, image: "example.com/web:1", resources: { limits: { memory: 64Mi } } }
          - { name: side, image: "example.com/side:1" }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: b, labels: { app: web, tier: back } }
        spec: { containers: [{ name: main, image: "example.com/web:2", resources: { limits: { memory: 1Gi } } }] }
        ---
        apiVersion: v1
        kind: Pod
        metadata: { name: c, labels: { app: db } }
        spec: { containers: [{ name: main, image: "example.com/db:1", resources: { limits: { memory: 128Mi } } }] }

        """;

    [Fact]
    public async Task Tables_have_the_columns_that_are_asked_for()
    {
        api.Write("pods.yaml", Pods);
        await api.ReplayAsync("tables", """
            $ kubectl create -f pods.yaml
            pod/a created
            pod/b created
            pod/c created
            $ kubectl get pods
            NAME   READY   STATUS    RESTARTS   AGE
            a      0/2     Pending   0          <age>
            b      0/1     Pending   0          <age>
            c      0/1     Pending   0          <age>
            $ kubectl get pods -o wide
            NAME   READY   STATUS    RESTARTS   AGE     IP       NODE     NOMINATED NODE   READINESS GATES
            a      0/2     Pending   0          <age>   <none>   n1       <none>           <none>
            b      0/1     Pending   0          <age>   <none>   <none>   <none>           <none>
            c      0/1     Pending   0          <age>   <none>   <none>   <none>           <none>
            $ kubectl get pods --show-labels
            NAME   READY   STATUS    RESTARTS   AGE     LABELS
            a      0/2     Pending   0          <age>   app=web,tier=front
            b      0/1     Pending   0          <age>   app=web,tier=back
            c      0/1     Pending   0          <age>   app=db
            $ kubectl get pods -L app,tier
            NAME   READY   STATUS    RESTARTS   AGE     APP   TIER
            a      0/2     Pending   0          <age>   web   front
            b      0/1     Pending   0          <age>   web   back
            c      0/1     Pending   0          <age>   db
            $ kubectl get pods --no-headers --show-kind
            pod/a   0/2   Pending   0     <age>
            pod/b   0/1   Pending   0     <age>
            pod/c   0/1   Pending   0     <age>
            $ kubectl get pods --server-print=false
            NAME   AGE
            a      <age>
            b      <age>
            c      <age>
            $ kubectl get pod/a pod/c
            NAME   READY   STATUS    RESTARTS   AGE
            a      0/2     Pending   0          <age>
            c      0/1     Pending   0          <age>
            $ kubectl get pods --chunk-size=1 -o name
            pod/a
            pod/b
            pod/c
            $ kubectl get pods,configmaps
            NAME    READY   STATUS    RESTARTS   AGE
            pod/a   0/2     Pending   0          <age>
            pod/b   0/1     Pending   0          <age>
            pod/c   0/1     Pending   0          <age>
            $ kubectl get pods -A | grep '^tables'
            tables   a   0/2   Pending   0   <age>
            tables   b   0/1   Pending   0   <age>
            tables   c   0/1   Pending   0   <age>
            $ kubectl get -f pods.yaml -o name
            pod/a
            pod/b
            pod/c
            """);
    }

    [Fact]
    public async Task Objects_are_chosen_and_sorted()
    {
        api.Write("pods.yaml", Pods);
        await api.ReplayAsync("selection", """
            $ kubectl create -f pods.yaml > /dev/null
            $ kubectl get pods -o name -l app=web
            pod/a
            pod/b
            $ kubectl get pods -o name -l 'app in (web, cache), tier!=back'
            pod/a
            $ kubectl get pods -o name -l 'app notin (web)'
            pod/c
            $ kubectl get pods -o name -l tier
            pod/a
            pod/b
            $ kubectl get pods -o name -l '!tier'
            pod/c
            $ kubectl get pods -o name --field-selector spec.nodeName=n1
            pod/a
            $ kubectl get pods -o name --field-selector status.phase=Pending,metadata.name!=a
            pod/b
            pod/c
            $ kubectl get pods -o name -l app=web --field-selector metadata.name!=a
            pod/b
            $ kubectl get pods --field-selector spec.colour=red
            Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector "", field selector "spec.colour=red": field label not supported: spec.colour
            [exit 1]
            $ kubectl get pods -l 'app in'
            Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector "app in", field selector "": unable to parse requirement: found '' expected: '('
            [exit 1]
            $ kubectl get pods -l app=none
            No resources found in selection namespace.
            $ kubectl get pod none
            Error from server (NotFound): pods "none" not found
            [exit 1]
            $ kubectl get pod none --ignore-not-found
            $ kubectl get none
            error: the server doesn't have a resource type "none"
            [exit 1]
            $ kubectl get pods --sort-by='{.spec.containers[0].image}'
            NAME   READY   STATUS    RESTARTS   AGE
            c      0/1     Pending   0          <age>
            a      0/2     Pending   0          <age>
            b      0/1     Pending   0          <age>
            $ kubectl get pods --sort-by='.spec.containers[0].resources.limits.memory' -o name
            pod/a
            pod/c
            pod/b
            $ kubectl get pods --sort-by=.metadata.labels.tier -o name
            pod/c
            pod/b
            pod/a
            """);
    }

    [Fact]
    public async Task Templates_show_any_field()
    {
        api.Write("pods.yaml", Pods);
        api.Write("names.jsonpath", """{range .items[*]}{.metadata.name}={.spec.nodeName}{"\n"}{end}""");
        api.Write("images.template", """{{range .items}}{{.metadata.name}}:{{range .spec.containers}} {{.image}}{{end}}{{"\n"}}{{end}}""");
        api.Write("columns.txt", "NAME IMAGES\nmetadata.name spec.containers[*].image\n");
        await api.ReplayAsync("templates", """
            $ kubectl create -f pods.yaml > /dev/null
            $ kubectl get pods -o jsonpath='{.items[*].metadata.name}'
            a b c
            $ kubectl get pods -o jsonpath='{.items[?(@.metadata.labels.tier=="back")].spec.containers[0].image}'
            example.com/web:2
            $ kubectl get pods -o jsonpath-file=names.jsonpath
            a=n1
            b=
            c=
            $ kubectl get pods -o jsonpath-as-json='{.items[*].metadata.name}'
            [
                "a",
                "b",
                "c"
            ]
            $ kubectl get pod a -o jsonpath='{.spec.colour}' --allow-missing-template-keys=false 2>&1 | head -1
            error: error executing jsonpath "{.spec.colour}": Error executing template: colour is not found. Printing more information for debugging the template:
            $ kubectl get pod a -o go-template='{{.metadata.name}} {{len .spec.containers}} {{.spec.colour}}'
            a 2 <no value>
            $ kubectl get pods -o go-template-file=images.template
            a: example.com/web:1 example.com/side:1
            b: example.com/web:2
            c: example.com/db:1
            $ kubectl get pods -o custom-columns=NAME:.metadata.name,MEMORY:.spec.containers[*].resources.limits.memory,NODE:.spec.nodeName
            NAME   MEMORY   NODE
            a      64Mi     n1
            b      1Gi      <none>
            c      128Mi    <none>
            $ kubectl get pods -o custom-columns-file=columns.txt
            NAME   IMAGES
            a   example.com/web:1,example.com/side:1
            b   example.com/web:2
            c   example.com/db:1
            $ kubectl get pod a -o colour
            error: unable to match a printer suitable for the output format "colour", allowed formats are: custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,templatefile,wide,yaml
            [exit 1]
            """);
    }

    [Fact]
    public async Task Documents_are_whole() => await api.ReplayAsync("documents", """
        $ kubectl create configmap c --from-literal=b=2 --from-literal=a=1
        configmap/c created
        $ kubectl get configmap c -o yaml
        apiVersion: v1
        data:
          a: "1"
          b: "2"
        kind: ConfigMap
        metadata:
          creationTimestamp: "<any>"
          name: c
          namespace: documents
          resourceVersion: "<any>"
          uid: <any>
        $ kubectl get configmap c -o json
        {
            "apiVersion": "v1",
            "data": {
                "a": "1",
                "b": "2"
            },
            "kind": "ConfigMap",
            "metadata": {
                "creationTimestamp": "<any>",
                "name": "c",
                "namespace": "documents",
                "resourceVersion": "<any>",
                "uid": "<any>"
            }
        }
        $ kubectl get configmap c -o kyaml
        ---
        {
          apiVersion: "v1",
          data: {
            a: "1",
            b: "2",
          },
          kind: "ConfigMap",
          metadata: {
            creationTimestamp: "<any>",
            name: "c",
            namespace: "documents",
            resourceVersion: "<any>",
            uid: "<any>",
          },
        }
        $ kubectl get configmap c --show-managed-fields -o jsonpath='{.metadata.managedFields[*].fieldsV1}'
        {"f:data":{".":{},"f:a":{},"f:b":{}}}
        $ kubectl get configmaps -o yaml
        apiVersion: v1
        items:
        - apiVersion: v1
          data:
            a: "1"
            b: "2"
          kind: ConfigMap
          metadata:
            creationTimestamp: "<any>"
            name: c
            namespace: documents
            resourceVersion: "<any>"
            uid: <any>
        kind: List
        metadata:
          resourceVersion: ""
        $ kubectl get configmaps none -o yaml --ignore-not-found
        """);

    [Fact]
    public async Task A_watch_shows_each_change_as_it_comes() => await api.ReplayAsync("watched", """
        $ kubectl create configmap first > /dev/null
        $ kubectl get configmaps --watch --output-watch-events > seen & W=$!; until grep -qs first seen; do sleep 0.05; done; kubectl create configmap late --from-literal=a=b; kubectl label configmap late x=y; kubectl delete configmap late; until grep -qs DELETED seen; do sleep 0.05; done; kill $W; cat seen
        configmap/late created
        configmap/late labeled
        configmap "late" deleted from watched namespace
        EVENT      NAME    DATA   AGE
        ADDED      first   0      <age>
        ADDED      late    1      <age>
        MODIFIED   late    1      <age>
        DELETED    late    1      <age>
        $ kubectl get configmaps -l x=y --watch-only -o name > chosen & W=$!; kubectl get configmaps -l x=y -w -o name > seen & V=$!; kubectl create configmap other > /dev/null; until grep -qs other chosen seen; do kubectl label configmap other x=y --overwrite > /dev/null; kubectl label configmap other x- > /dev/null; done; kill $W $V; sort -u chosen seen
        configmap/other
        """);

    [Fact]
    public async Task Everything_is_what_the_category_says() => await api.ReplayAsync("everything", """
        $ kubectl create deployment web --image=example.com/web
        deployment.apps/web created
        $ kubectl create service clusterip web --tcp=80:8080
        service/web created
        $ kubectl create job once --image=example.com/once -- run
        job.batch/once created
        $ kubectl create cronjob often --image=example.com/often --schedule='*/5 * * * *' -- run
        cronjob.batch/often created
        $ kubectl create configmap not-in-it
        configmap/not-in-it created
        $ kubectl get all
        NAME          TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE
        service/web   ClusterIP   <any>        <none>        80/TCP    <age>

        NAME                  READY   UP-TO-DATE   AVAILABLE   AGE
        deployment.apps/web   0/1     0            0           <age>

        NAME                  SCHEDULE      TIMEZONE   SUSPEND   ACTIVE   LAST SCHEDULE   AGE
        cronjob.batch/often   */5 * * * *   <none>     False     0        <none>          <age>

        NAME             STATUS    COMPLETIONS   DURATION   AGE
        job.batch/once   Running   0/1                      <age>
        """);
}
