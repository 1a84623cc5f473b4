namespace Slipway.Conformance;

/// <summary>kubectl's rollouts, with the replica sets, revisions and states that the controllers would write.</summary>
public sealed class KubectlRolloutTests(ApiServerFixture api) : IClassFixture<ApiServerFixture>
{
    private const string ReplicaSets = """
        apiVersion: apps/v1
        kind: ReplicaSet
        metadata:
          name: web-1
          labels: { app: web, pod-template-hash: aaa }
          annotations: { deployment.kubernetes.io/revision: "1", kubernetes.io/change-cause: first }
          ownerReferences: [{ apiVersion: apps/v1, kind: Deployment, name: web, uid: UID, controller: true }]
        spec:
          replicas: 0
          selector: { matchLabels: { app: web, pod-template-hash: aaa } }
          template:
            metadata: { labels: { app: web, pod-template-hash: aaa } }
            spec: { containers: [{ name: web, image: "example.com/web:1" }] }
        ---
        apiVersion: apps/v1
        kind: ReplicaSet
        metadata:
          name: web-2
          labels: { app: web, pod-template-hash: bbb }
          annotations: { deployment.kubernetes.io/revision: "2" }
          ownerReferences: [{ apiVersion: apps/v1, kind: Deployment, name: web, uid: UID, controller: true }]
        spec:
          replicas: 2
          selector: { matchLabels: { app: web, pod-template-hash: bbb } }
          template:
            metadata: { labels: { app: web, pod-template-hash: bbb } }
            spec: { containers: [{ name: web, image: "example.com/web:2" }] }

        """;

    [Fact]
    public async Task A_deployment_rolls_out_and_back()
    {
        api.Write("sets.yaml", ReplicaSets);
        await api.ReplayAsync("deployments", """
            $ kubectl create deployment web --image=example.com/web:2 --replicas=2
            deployment.apps/web created
            $ kubectl annotate deployment web deployment.kubernetes.io/revision=2
            deployment.apps/web annotated
            $ sed "s/UID/$(kubectl get deployment web -o jsonpath={.metadata.uid})/" sets.yaml | kubectl create -f -
            replicaset.apps/web-1 created
            replicaset.apps/web-2 created
            $ kubectl rollout history deployment web
            deployment.apps/web
            REVISION  CHANGE-CAUSE
            1         first
            2         <none>
            $ kubectl rollout history deployment web --revision=1
            deployment.apps/web with revision #1
            Pod Template:
              Labels:  app=web
              pod-template-hash=aaa
              Annotations:  kubernetes.io/change-cause: first
              Containers:
               web:
                Image:  example.com/web:1
                Port:  <none>
                Host Port:  <none>
                Environment:  <none>
                Mounts:  <none>
              Volumes:  <none>
              Node-Selectors:  <none>
              Tolerations:  <none>
            $ kubectl rollout history deployment web --revision=9
            error: unable to find the specified revision
            [exit 1]
            $ kubectl rollout undo deployment web --to-revision=1 --dry-run=server
            deployment.apps/web rolled back (server dry run)
            $ kubectl rollout undo deployment web
            deployment.apps/web rolled back
            $ kubectl get deployment web -o jsonpath='{.spec.template.spec.containers[0].image} {.spec.template.metadata.labels} {.metadata.annotations.kubernetes\.io/change-cause}'
            example.com/web:1 {"app":"web"} first
            $ kubectl rollout undo deployment web --to-revision=1
            deployment.apps/web skipped rollback (current template already matches revision 1)
            $ kubectl rollout restart deployment web
            deployment.apps/web restarted
            $ kubectl get deployment web -o jsonpath='{.spec.template.metadata.annotations.kubectl\.kubernetes\.io/restartedAt}' | grep -c T
            1
            """);
    }

    [Fact]
    public async Task A_deployment_s_progress_is_followed() => await api.ReplayAsync("progress", """
        $ kubectl create deployment web --image=example.com/web:2 --replicas=2
        deployment.apps/web created
        $ kubectl rollout status deployment web --watch=false
        Waiting for deployment spec update to be observed...
        $ kubectl patch deployment web --subresource=status --type=merge -p '{"status":{"observedGeneration":1,"replicas":2,"updatedReplicas":1}}'
        deployment.apps/web patched
        $ kubectl rollout status deployment web --timeout=1s
        Waiting for deployment "web" rollout to finish: 1 out of 2 new replicas have been updated...
        error: timed out waiting for the condition
        [exit 1]
        $ kubectl rollout status deployment web --timeout=20s > seen & W=$!; until grep -qs Waiting seen; do sleep 0.05; done; kubectl patch deployment web --subresource=status --type=merge -p '{"status":{"updatedReplicas":2,"readyReplicas":2,"availableReplicas":1}}'; until grep -q available seen; do sleep 0.05; done; kubectl patch deployment web --subresource=status --type=merge -p '{"status":{"availableReplicas":2}}'; wait $W; cat seen
        deployment.apps/web patched
        deployment.apps/web patched
        Waiting for deployment "web" rollout to finish: 1 out of 2 new replicas have been updated...
        Waiting for deployment "web" rollout to finish: 1 of 2 updated replicas are available...
        deployment "web" successfully rolled out
        $ kubectl rollout pause deployment web
        deployment.apps/web paused
        $ kubectl rollout pause deployment web
        error: deployments.apps "web" is already paused
        [exit 1]
        $ kubectl rollout restart deployment web
        error: deployments.apps "web" can't restart paused deployment (run rollout resume first)
        [exit 1]
        $ kubectl rollout resume deployment web
        deployment.apps/web resumed
        $ kubectl rollout resume deployment web
        error: deployments.apps "web" is not paused
        [exit 1]
        $ kubectl patch deployment web --subresource=status --type=merge -p '{"status":{"observedGeneration":3,"conditions":[{"type":"Progressing","status":"False","reason":"ProgressDeadlineExceeded"}]}}'
        deployment.apps/web patched
        $ kubectl rollout status deployment web
        error: deployment "web" exceeded its progress deadline
        [exit 1]
        """);

    [Fact]
    public async Task Stateful_and_daemon_sets_roll_out_and_back()
    {
        api.Write("workloads.yaml", """
            apiVersion: apps/v1
            kind: StatefulSet
            metadata: { name: db }
            spec:
              replicas: 3
              serviceName: db
              selector: { matchLabels: { app: db } }
              template: { metadata: { labels: { app: db } }, spec: { containers: [{ name: db, image: "example.com/db:2" }] } }
            ---
            apiVersion: apps/v1
            kind: DaemonSet
            metadata: { name: agent }
            spec:
              selector: { matchLabels: { app: agent } }
              template: { metadata: { labels: { app: agent } }, spec: { containers: [{ name: agent, image: "example.com/agent:1" }] } }

            """);
        static string Revision(int number) => $$$"""
            apiVersion: apps/v1
            kind: ControllerRevision
            metadata: { name: db-{{{number}}}, labels: { app: db }, ownerReferences: [{ apiVersion: apps/v1, kind: StatefulSet, name: db, uid: UID, controller: true }] }
            revision: {{{number}}}
            data: { spec: { template: { "$patch": replace, metadata: { labels: { app: db } }, spec: { containers: [{ name: db, image: "example.com/db:{{{number}}}" }] } } } }
            ---

            """;
        api.Write("revisions.yaml", Revision(1) + Revision(2));
        await api.ReplayAsync("sets", """
            $ kubectl create -f workloads.yaml
            statefulset.apps/db created
            daemonset.apps/agent created
            $ sed "s/UID/$(kubectl get statefulset db -o jsonpath={.metadata.uid})/" revisions.yaml | kubectl create -f -
            controllerrevision.apps/db-1 created
            controllerrevision.apps/db-2 created
            $ kubectl get controllerrevisions
            NAME   CONTROLLER            REVISION   AGE
            db-1   statefulset.apps/db   1          <age>
            db-2   statefulset.apps/db   2          <age>
            $ kubectl rollout history statefulset/db
            statefulset.apps/db
            REVISION  CHANGE-CAUSE
            1         <none>
            2         <none>
            $ kubectl rollout undo statefulset/db
            statefulset.apps/db rolled back
            $ kubectl get statefulset db -o wide
            NAME   READY   AGE     CONTAINERS   IMAGES
            db     0/3     <age>   db           example.com/db:1
            $ kubectl rollout status statefulset/db --watch=false
            Waiting for statefulset spec update to be observed...
            $ kubectl patch statefulset db --subresource=status --type=merge -p '{"status":{"observedGeneration":2,"replicas":3,"readyReplicas":1}}'
            statefulset.apps/db patched
            $ kubectl rollout status statefulset/db --watch=false
            Waiting for 2 pods to be ready...
            $ kubectl patch statefulset db --subresource=status --type=merge -p '{"status":{"readyReplicas":3,"currentReplicas":3,"updatedReplicas":3,"updateRevision":"db-1","currentRevision":"db-1"}}'
            statefulset.apps/db patched
            $ kubectl rollout status statefulset/db
            partitioned roll out complete: 3 new pods have been updated...
            $ kubectl rollout restart daemonset/agent
            daemonset.apps/agent restarted
            $ kubectl rollout status daemonset/agent --watch=false
            Waiting for daemon set spec update to be observed...
            $ kubectl patch daemonset agent --subresource=status --type=merge -p '{"status":{"observedGeneration":2,"desiredNumberScheduled":2,"currentNumberScheduled":2,"updatedNumberScheduled":2,"numberAvailable":2,"numberReady":2}}'
            daemonset.apps/agent patched
            $ kubectl rollout status daemonset/agent
            daemon set "agent" successfully rolled out
            $ kubectl get daemonsets -o wide
            NAME    DESIRED   CURRENT   READY   UP-TO-DATE   AVAILABLE   NODE SELECTOR   AGE     CONTAINERS   IMAGES                SELECTOR
            agent   2         2         2       2            2           <none>          <age>   agent        example.com/agent:1   app=agent
            """);
    }
}
