namespace Slipway.Conformance;

/// <summary>kubectl's ways to change what is there: labels, annotations, patches, replicas, templates, taints, whole objects.</summary>
public sealed class KubectlChangeTests(ApiServerFixture api) : IClassFixture<ApiServerFixture>
{
    [Fact]
    public async Task Labels_and_annotations_come_and_go() => await api.ReplayAsync("labels", """
        $ kubectl create deployment web --image=example.com/web:1
        deployment.apps/web created
        $ kubectl label deployment web tier=front
        deployment.apps/web labeled
        $ kubectl label deployment web tier=front
        deployment.apps/web not labeled
        $ kubectl label deployment web tier=back
        error: 'tier' already has a value (front), and --overwrite is false
        [exit 1]
        $ kubectl label deployment web tier=back --overwrite
        deployment.apps/web labeled
        $ kubectl label deployment web --list | sort
        app=web
        tier=back
        $ kubectl label deployment web tier- other-
        label "other" not found.
        deployment.apps/web unlabeled
        $ kubectl label deployment web 'two words=x'
        The Deployment "web" is invalid: metadata.labels: Invalid value: "two words": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')
        [exit 1]
        $ kubectl label deployment web a=b --resource-version=1
        Error from server (Conflict): Operation cannot be fulfilled on deployments.apps "web": the object has been modified; please apply your changes to the latest version and try again
        [exit 1]
        $ kubectl label deployments --all x=y --dry-run=server
        deployment.apps/web labeled (server dry run)
        $ kubectl label deployments -l app=web x=y
        deployment.apps/web labeled
        $ kubectl annotate deployment web note='some text'
        deployment.apps/web annotated
        $ kubectl annotate deployment web note=other
        error: --overwrite is false but found the following declared annotation(s): 'note' already has a value (some text)
        [exit 1]
        $ kubectl annotate deployment web --list
        note=some text
        $ kubectl annotate deployment web note-
        deployment.apps/web annotated
        $ kubectl get deployment web -o jsonpath='{.metadata.labels} {.metadata.annotations}'
        {"app":"web","x":"y"}
        """);

    [Fact]
    public async Task Patches_of_each_type_change_fields() => await api.ReplayAsync("patches", """
        $ kubectl create deployment web --image=example.com/web:1
        deployment.apps/web created
        $ kubectl patch deployment web -p '{"spec":{"template":{"spec":{"containers":[{"name":"side","image":"example.com/side:1"}]}}}}'
        deployment.apps/web patched
        $ kubectl get deployment web -o jsonpath='{.spec.template.spec.containers[*].name}'
        side web
        $ kubectl patch deployment web -p '{"spec":{"template":{"spec":{"containers":[{"name":"side","$patch":"delete"}]}}}}'
        deployment.apps/web patched
        $ kubectl patch deployment web -p '{"spec":{"replicas":1}}'
        deployment.apps/web patched (no change)
        $ kubectl patch deployment web --type=merge -p '{"metadata":{"labels":{"app":null,"tier":"front"}}}'
        deployment.apps/web patched
        $ kubectl patch deployment web --type=json -p '[{"op":"test","path":"/spec/replicas","value":1},{"op":"replace","path":"/spec/replicas","value":3}]'
        deployment.apps/web patched
        $ kubectl get deployment web -o jsonpath='{.spec.replicas} {.metadata.labels} {.spec.template.spec.containers[*].name}'
        3 {"tier":"front"} web
        $ kubectl patch deployment web --type=json -p '[{"op":"test","path":"/spec/replicas","value":4}]'
        The request is invalid: the server rejected our request due to an error in our request<...>
        [exit 1]
        $ kubectl patch deployment web --type=merge -p '{"spec":'
        Error from server (BadRequest): <...>
        [exit 1]
        $ kubectl patch deployment web -p '{"spec":{"selector":{"matchLabels":{"app":"other"}}}}'
        The Deployment "web" is invalid:
        * spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`
        * spec.selector: Invalid value: {"matchLabels":{"app":"other"}}: field is immutable
        [exit 1]
        $ kubectl patch deployment web --subresource=scale --type=merge -p '{"spec":{"replicas":6}}'
        scale.autoscaling/web patched
        $ kubectl patch deployment web --subresource=status --type=merge -p '{"spec":{"replicas":1},"status":{"replicas":6,"readyReplicas":2}}'
        deployment.apps/web patched
        $ kubectl get deployment web --subresource=status
        NAME   READY   UP-TO-DATE   AVAILABLE   AGE
        web    2/6     0            0           <age>
        $ kubectl get deployment web --subresource=scale
        NAME   DESIRED   AVAILABLE   AGE
        web    6         6           <age>
        $ kubectl patch deployment web --dry-run=server -p '{"spec":{"replicas":9}}' -o jsonpath='{.spec.replicas}'
        9
        $ kubectl patch deployment none -p '{}'
        Error from server (NotFound): deployments.apps "none" not found
        [exit 1]
        """);

    [Fact]
    public async Task Replicas_are_set_by_hand_and_by_autoscalers() => await api.ReplayAsync("scales", """
        $ kubectl create deployment web --image=example.com/web:1
        deployment.apps/web created
        $ kubectl scale deployment web --replicas=4
        deployment.apps/web scaled
        $ kubectl scale deployment web --replicas=5 --current-replicas=2
        error: Expected replicas to be 2, was 4
        [exit 1]
        $ kubectl scale deployment web --replicas=5 --current-replicas=4
        deployment.apps/web scaled
        $ kubectl scale deployment web --replicas=6 --resource-version=1
        error: Expected resource version to be 1, was <any>
        [exit 1]
        $ kubectl scale deployments --all --replicas=2
        deployment.apps/web scaled
        $ kubectl scale deployment none --replicas=1
        Error from server (NotFound): deployments.apps "none" not found
        [exit 1]
        $ kubectl scale service none --replicas=1
        Error from server (NotFound): services "none" not found
        [exit 1]
        $ kubectl get deployment web -o jsonpath='{.spec.replicas}'
        2
        $ kubectl autoscale deployment web --min=1 --max=5 --cpu=80% --memory=1Gi
        horizontalpodautoscaler.autoscaling/web autoscaled
        $ kubectl autoscale deployment web --max=0
        error: --max=MAXPODS is required and must be at least 1, max: 0
        [exit 1]
        $ kubectl autoscale deployment web --max=5 --name=other --dry-run=server
        horizontalpodautoscaler.autoscaling/other autoscaled (server dry run)
        $ kubectl get hpa
        NAME   REFERENCE        TARGETS                                     MINPODS   MAXPODS   REPLICAS   AGE
        web    Deployment/web   cpu: <unknown>/80%, memory: <unknown>/1Gi   1         5         0          <age>
        $ kubectl get horizontalpodautoscalers.v1.autoscaling web -o jsonpath='{.apiVersion} {.spec.targetCPUUtilizationPercentage}'
        autoscaling/v1 80
        """);

    [Fact]
    public async Task Templates_are_set_piece_by_piece() => await api.ReplayAsync("sets", """
        $ kubectl create deployment web --image=example.com/web:1
        deployment.apps/web created
        $ kubectl set image deployment/web web=example.com/web:2
        deployment.apps/web image updated
        $ kubectl set image deployment/web none=example.com/web:2
        error: unable to find container named "none"
        [exit 1]
        $ kubectl set image deployments --all '*=example.com/web:3'
        deployment.apps/web image updated
        $ kubectl create configmap settings --from-literal=colour=red
        configmap/settings created
        $ kubectl set env deployment/web A=1 B=2
        deployment.apps/web env updated
        $ kubectl set env deployment/web --from=configmap/settings A-
        deployment.apps/web env updated
        Warning: key colour transferred to COLOUR
        $ kubectl set env deployment/web --list --resolve
        # Deployment web, container web
        B=2
        COLOUR=red
        $ kubectl set resources deployment/web --limits=cpu=200m,memory=512Mi --requests=cpu=100m
        deployment.apps/web resource requirements updated
        $ kubectl set resources deployment/web --requests=cpu=300m
        error: failed to patch resources update to pod template Deployment.apps "web" is invalid: spec.template.spec.containers[0].resources.requests: Invalid value: "300m": must be less than or equal to cpu limit of 200m
        [exit 1]
        $ kubectl set serviceaccount deployment/web robot
        deployment.apps/web serviceaccount updated
        $ kubectl get deployment web -o wide
        NAME   READY   UP-TO-DATE   AVAILABLE   AGE     CONTAINERS   IMAGES              SELECTOR
        web    0/1     0            0           <age>   web          example.com/web:3   app=web
        $ kubectl get deployment web -o jsonpath='{.spec.template.spec.containers[0].resources} {.spec.template.spec.serviceAccountName}'
        {"limits":{"cpu":"200m","memory":"512Mi"},"requests":{"cpu":"100m"}} robot
        $ kubectl expose deployment web --port=80 --target-port=8080
        service/web exposed
        $ kubectl set selector service/web app=other
        service/web selector updated
        $ kubectl get service web -o wide
        NAME   TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE     SELECTOR
        web    ClusterIP   <any>        <none>        80/TCP    <age>   app=other
        $ kubectl create rolebinding viewers --clusterrole=view --user=u
        rolebinding.rbac.authorization.k8s.io/viewers created
        $ kubectl set subject rolebinding viewers --user=v --group=g --serviceaccount=sets:robot
        rolebinding.rbac.authorization.k8s.io/viewers subjects updated
        $ kubectl get rolebinding viewers -o wide
        NAME      ROLE               AGE     USERS   GROUPS   SERVICEACCOUNTS
        viewers   ClusterRole/view   <age>   u, v    g        sets/robot
        """);

    [Fact]
    public async Task Nodes_are_tainted_cordoned_and_drained()
    {
        api.Write("node.yaml", """
            apiVersion: v1
            kind: Node
            metadata: { name: n1 }
            status: { nodeInfo: { kubeletVersion: v1.37.0 }, conditions: [{ type: Ready, status: "True" }] }
            """);
        api.Write("on-node.yaml", """
            apiVersion: v1
            kind: Pod
            metadata: { name: owned, labels: { app: owned }, ownerReferences: [{ apiVersion: apps/v1, kind: ReplicaSet, name: web, uid: UID, controller: true }] }
            spec: { nodeName: n1, containers: [{ name: main, image: example.com/web }] }
            """);
        api.Write("set.yaml", """
            apiVersion: apps/v1
            kind: ReplicaSet
            metadata: { name: web }
            spec:
              selector: { matchLabels: { app: owned } }
              template: { metadata: { labels: { app: owned } }, spec: { containers: [{ name: main, image: example.com/web }] } }
            """);
        await api.ReplayAsync("drained", """
            $ kubectl create -f node.yaml
            node/n1 created
            $ kubectl taint node n1 a=b:NoSchedule
            node/n1 tainted
            $ kubectl taint node n1 a=b:NoSchedule
            error: node n1 already has a taint(s) with same effect(s) and --overwrite is false
            [exit 1]
            $ kubectl taint node n1 a=c:NoSchedule --overwrite
            node/n1 modified
            $ kubectl taint node n1 a-
            node/n1 untainted
            $ kubectl taint node n1 a-
            error: taint "a" not found
            [exit 1]
            $ kubectl label node n1 node-role.kubernetes.io/worker=
            node/n1 labeled
            $ kubectl cordon n1
            node/n1 cordoned
            $ kubectl get nodes
            NAME   STATUS                     ROLES    AGE     VERSION
            n1     Ready,SchedulingDisabled   worker   <age>   v1.37.0
            $ kubectl drain n1
            node/n1 already cordoned
            node/n1 drained
            $ kubectl uncordon n1
            node/n1 uncordoned
            $ kubectl run alone --image=example.com/alone --overrides='{"spec":{"nodeName":"n1"}}'
            pod/alone created
            $ kubectl drain n1
            node/n1 cordoned
            error: unable to drain node "n1" due to error: cannot delete cannot delete Pods that declare no controller (use --force to override): drained/alone, continuing command...
            There are pending nodes to be drained:
             n1
            cannot delete cannot delete Pods that declare no controller (use --force to override): drained/alone
            [exit 1]
            $ kubectl delete pod alone --force 2> /dev/null
            pod "alone" force deleted from drained namespace
            $ kubectl create -f set.yaml
            replicaset.apps/web created
            $ sed "s/UID/$(kubectl get replicaset web -o jsonpath={.metadata.uid})/" on-node.yaml | kubectl create -f -
            pod/owned created
            $ kubectl patch pod owned --subresource=status --type=merge -p '{"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}'
            pod/owned patched
            $ kubectl create poddisruptionbudget web --selector=app=owned --min-available=1
            poddisruptionbudget.policy/web created
            $ kubectl patch poddisruptionbudget web --subresource=status --type=merge -p '{"status":{"observedGeneration":1,"disruptionsAllowed":0,"currentHealthy":1,"desiredHealthy":1,"expectedPods":1}}'
            poddisruptionbudget.policy/web patched
            $ kubectl drain n1 --grace-period=0 --timeout=1s 2>&1 | grep -m1 'disruption budget'
            error when evicting pods/"owned" -n "drained" (will retry after 5s): Cannot evict pod as it would violate the pod's disruption budget.
            $ kubectl delete poddisruptionbudget web
            poddisruptionbudget.policy "web" deleted from drained namespace
            $ kubectl drain n1 --grace-period=0
            node/n1 already cordoned
            evicting pod drained/owned
            pod/owned evicted
            node/n1 drained
            $ kubectl delete node n1
            node "n1" deleted
            Warning: deleting cluster-scoped resources, not scoped to the provided namespace
            """);
    }

    [Fact]
    public async Task Whole_objects_are_replaced()
    {
        api.Write("new.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: c }\ndata: { a: new }\n");
        api.Write("stale.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: c, resourceVersion: \"1\" }\n");
        await api.ReplayAsync("replaced", """
            $ kubectl replace -f new.yaml
            Error from server (NotFound): error when replacing "new.yaml": configmaps "c" not found
            [exit 1]
            $ kubectl create configmap c --from-literal=a=old
            configmap/c created
            $ kubectl replace -f stale.yaml
            Error from server (Conflict): error when replacing "stale.yaml": Operation cannot be fulfilled on configmaps "c": the object has been modified; please apply your changes to the latest version and try again
            [exit 1]
            $ kubectl replace -f new.yaml --dry-run=server
            configmap/c replaced (server dry run)
            $ kubectl replace -f new.yaml
            configmap/c replaced
            $ U=$(kubectl get configmap c -o jsonpath={.metadata.uid}); kubectl replace --force -f new.yaml; test $U != $(kubectl get configmap c -o jsonpath={.metadata.uid}) && echo another
            configmap "c" deleted from replaced namespace
            configmap/c replaced
            another
            $ kubectl get configmap c -o jsonpath={.data}
            {"a":"new"}
            $ kubectl create -f new.yaml
            Error from server (AlreadyExists): error when creating "new.yaml": configmaps "c" already exists
            [exit 1]
            """);
    }

    [Fact]
    public async Task An_editor_s_mistakes_are_shown_to_it()
    {
        // The first time it writes what is refused, the second time it mends it: the message stands in the file's comments.
        api.Write("mend.sh", "if grep -q '^# deployments.apps \"web\" was not valid' \"$1\"; then grep '^# \\*' \"$1\" > refused; sed -i 's/replicas: -1/replicas: 3/' \"$1\"; else sed -i 's/replicas: 1$/replicas: -1/' \"$1\"; fi\n");
        api.Write("ready.sh", "sed -i 's/^status:.*/status: { replicas: 1, readyReplicas: 1 }/' \"$1\"\n");
        await api.ReplayAsync("edited", """
            $ kubectl create deployment web --image=example.com/web:1
            deployment.apps/web created
            $ KUBE_EDITOR='sh mend.sh' kubectl edit deployment web; cat refused
            deployment.apps/web edited
            # * spec.replicas: Invalid value: -1: must be greater than or equal to 0
            error: deployments.apps "web" is invalid
            $ kubectl get deployment web -o jsonpath={.spec.replicas}
            3
            $ KUBE_EDITOR='sh ready.sh' kubectl edit deployment web --subresource=status
            deployment.apps/web edited
            $ kubectl get deployment web -o jsonpath={.status.readyReplicas}
            1
            """);
    }
}
