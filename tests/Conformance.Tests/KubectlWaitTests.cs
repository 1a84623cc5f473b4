namespace Slipway.Conformance;

/// <summary>kubectl's waits, its deletions in every way, and its events.</summary>
public sealed class KubectlWaitTests(ApiServerFixture api) : IClassFixture<ApiServerFixture>
{
    [Fact]
    public async Task It_waits_for_conditions_fields_and_existence() => await api.ReplayAsync("waits", """
        $ kubectl run p --image=example.com/p
        pod/p created
        $ kubectl wait pod/p --for=condition=Ready --timeout=50s > seen & W=$!; kubectl patch pod p --subresource=status --type=merge -p '{"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}'; wait $W; cat seen
        pod/p patched
        pod/p condition met
        $ kubectl wait pod/p --for=condition=Ready=False --timeout=0.1s
        error: timed out waiting for the condition on pods/p
        [exit 1]
        $ kubectl wait pod/p --for=jsonpath='{.status.phase}'=Running
        pod/p condition met
        $ kubectl wait pod/p --for=jsonpath='{.status.podIP}' --timeout=0.1s
        error: timed out waiting for the condition on pods/p
        [exit 1]
        $ kubectl wait pods --all --for=condition=Ready
        pod/p condition met
        $ kubectl wait pods -l run=none --for=condition=Ready
        error: no matching resources found
        [exit 1]
        $ kubectl wait pod/none --for=condition=Ready
        Error from server (NotFound): pods "none" not found
        [exit 1]
        $ kubectl wait configmap/late --for=create --timeout=50s > seen & W=$!; kubectl create configmap late; wait $W; cat seen
        configmap/late created
        configmap/late condition met
        $ kubectl wait configmap/late --for=delete --timeout=50s > seen & W=$!; until kubectl get --raw /metrics | grep -q '^apiserver_longrunning_requests.*"WATCH".*"configmaps".* [1-9]'; do sleep 0.05; done; kubectl delete configmap late; wait $W; cat seen
        configmap "late" deleted from waits namespace
        configmap/late condition met
        $ kubectl wait configmap/late --for=delete
        $ kubectl wait pod/p --for=delete --timeout=10s
        error: timed out waiting for the condition on pods/p
        [exit 1]
        """);

    [Fact]
    public async Task It_deletes_by_name_selector_and_file()
    {
        api.Write("maps.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: f }\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: g }\n");
        await api.ReplayAsync("deletes", """
            $ for i in a b c d; do kubectl create configmap $i; kubectl label configmap $i n=$i; done > /dev/null; kubectl create -f maps.yaml
            configmap/f created
            configmap/g created
            $ kubectl delete configmap a --dry-run=server
            configmap "a" deleted from deletes namespace (server dry run)
            $ kubectl delete configmap a none
            configmap "a" deleted from deletes namespace
            Error from server (NotFound): configmaps "none" not found
            [exit 1]
            $ kubectl delete configmap a --ignore-not-found
            $ kubectl delete configmap/b secret/none --ignore-not-found -o name
            configmap/b
            $ kubectl delete configmaps -l 'n in (c)'
            configmap "c" deleted from deletes namespace
            $ kubectl delete configmaps -l n=none
            No resources found
            $ kubectl delete -f maps.yaml
            configmap "f" deleted from deletes namespace
            configmap "g" deleted from deletes namespace
            $ kubectl delete configmaps --field-selector metadata.name=d
            configmap "d" deleted from deletes namespace
            $ kubectl get configmaps
            No resources found in deletes namespace.
            """);
    }

    [Fact]
    public async Task Dependents_and_grace_are_as_asked() => await api.ReplayAsync("cascades", """
        $ for i in background foreground orphan; do kubectl create deployment $i --image=example.com/web; kubectl delete deployment $i --cascade=$i --wait=false; done
        deployment.apps/background created
        deployment.apps "background" deleted from cascades namespace
        deployment.apps/foreground created
        deployment.apps "foreground" deleted from cascades namespace
        deployment.apps/orphan created
        deployment.apps "orphan" deleted from cascades namespace
        $ kubectl get deployments -o custom-columns=NAME:.metadata.name,FINALIZERS:.metadata.finalizers
        NAME         FINALIZERS
        foreground   [foregroundDeletion]
        orphan       [orphan]
        $ kubectl delete deployment orphan --cascade=orphan > orphaned & W=$!; until grep -sq deleted orphaned; do sleep 0.05; done; kubectl patch deployment orphan --type=merge -p '{"metadata":{"finalizers":null}}'; wait $W; cat orphaned
        deployment.apps/orphan patched
        deployment.apps "orphan" deleted from cascades namespace
        $ kubectl run p --image=example.com/p --overrides='{"spec":{"nodeName":"n1"}}'
        pod/p created
        $ kubectl delete pod p --grace-period=60 --wait=false
        pod "p" deleted from cascades namespace
        $ kubectl get pod p -o jsonpath='{.metadata.deletionGracePeriodSeconds}'
        60
        $ kubectl get pods
        NAME   READY   STATUS        RESTARTS   AGE
        p      0/1     Terminating   0          <age>
        $ kubectl delete pod p --now --wait=false
        pod "p" deleted from cascades namespace
        $ kubectl get pod p -o jsonpath='{.metadata.deletionGracePeriodSeconds}'
        1
        $ kubectl delete pod p --grace-period=0 --force
        pod "p" force deleted from cascades namespace
        Warning: Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.
        $ kubectl delete deployments --all --wait=false
        deployment.apps "foreground" deleted from cascades namespace
        """);

    [Fact]
    public async Task Events_are_shown_to_whom_they_concern()
    {
        api.Write("events.yaml", """
            apiVersion: v1
            kind: Event
            metadata: { name: second, namespace: events }
            involvedObject: { apiVersion: v1, kind: Pod, name: p, namespace: events, uid: UID }
            reason: Killing
            message: It was stopped.
            type: Warning
            count: 3
            firstTimestamp: "2026-01-01T00:00:00Z"
            lastTimestamp: "2026-01-01T01:00:00Z"
            source: { component: kubelet, host: n1 }
            ---
            apiVersion: v1
            kind: Event
            metadata: { name: first, namespace: events }
            involvedObject: { apiVersion: v1, kind: ConfigMap, name: c, namespace: events }
            reason: Seen
            message: It was seen.
            type: Normal
            lastTimestamp: "2026-01-01T00:00:00Z"

            """);
        await api.ReplayAsync("events", """
            $ kubectl events
            No events found in events namespace.
            $ kubectl run p --image=example.com/p
            pod/p created
            $ sed "s/UID/$(kubectl get pod p -o jsonpath={.metadata.uid})/" events.yaml | kubectl create -f -
            event/second created
            event/first created
            $ kubectl events --no-headers
            <any>  Normal    Seen      ConfigMap/c   It was seen.
            <any> (x3 over <any>)  Warning   Killing   Pod/p         It was stopped.
            $ kubectl events --types=Warning --no-headers
            <any> (x3 over <any>)  Warning   Killing   Pod/p         It was stopped.
            $ kubectl events --for pod/p --no-headers
            <any> (x3 over <any>)  Warning   Killing   Pod/p         It was stopped.
            $ kubectl get events --sort-by=.lastTimestamp -o custom-columns=REASON:.reason --no-headers
            Seen
            Killing
            $ kubectl get events --field-selector type=Warning,involvedObject.kind=Pod -o name
            event/second
            $ kubectl get events.v1.events.k8s.io second -o jsonpath='{.note} {.deprecatedCount}'
            It was stopped. 3
            $ kubectl describe pod p | sed -n '/^Events/,$p'
            Events:
              Type     Reason   Age   From     Message
              ----     ------   ----  ----     -------
              Warning  Killing  <any> (x3 over <any>)  kubelet  It was stopped.
            """);
    }
}
