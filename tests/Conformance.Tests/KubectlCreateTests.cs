namespace Slipway.Conformance;

/// <summary>What kubectl makes from its command line alone.</summary>
public sealed class KubectlCreateTests(ApiServerFixture api) : IClassFixture<ApiServerFixture>
{
    [Fact]
    public async Task Configuration_is_made()
    {
        api.Write("settings.properties", "colour=red\n");
        api.Write("settings.env", "A=1\nB=2\n");
        await api.ReplayAsync("configuration", """
            $ openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=web -keyout web.key -out web.crt 2> /dev/null
            $ kubectl create configmap files --from-file=settings.properties --from-file=other=settings.properties
            configmap/files created
            $ kubectl create configmap environment --from-env-file=settings.env
            configmap/environment created
            $ kubectl create configmap hashed --from-literal=a=b --append-hash
            configmap/hashed-<any> created
            $ kubectl create secret generic plain --from-literal=p=q
            secret/plain created
            $ kubectl create secret docker-registry registry --docker-server=example.com --docker-username=u --docker-password=p
            secret/registry created
            $ kubectl create secret tls web --cert=web.crt --key=web.key
            secret/web created
            $ kubectl get secrets
            NAME       TYPE                             DATA   AGE
            plain      Opaque                           1      <age>
            registry   kubernetes.io/dockerconfigjson   1      <age>
            web        kubernetes.io/tls                2      <age>
            $ kubectl get configmaps -o custom-columns=NAME:.metadata.name,DATA:.data --no-headers
            environment         map[A:1 B:2]
            files               map[other:colour=red
             settings.properties:colour=red
            ]
            hashed-<any>        map[a:b]
            $ kubectl describe secret plain
            Name:         plain
            Namespace:    configuration
            Labels:       <none>
            Annotations:  <none>

            Type:  Opaque

            Data
            ====
            p:  1 bytes
            $ kubectl create configmap environment
            error: failed to create configmap: configmaps "environment" already exists
            [exit 1]
            $ kubectl create configmap Not_A_Name 2>&1 | cut -d: -f1-5
            error: failed to create configmap: ConfigMap "Not_A_Name" is invalid: metadata.name: Invalid value
            """);
    }

    [Fact]
    public async Task Services_and_ingresses_are_made() => await api.ReplayAsync("services", """
        $ kubectl create service clusterip inner --tcp=80:8080 --tcp=443
        service/inner created
        $ kubectl create service clusterip headless --clusterip=None
        service/headless created
        $ kubectl create service nodeport outer --tcp=80:8080 --node-port=30123
        service/outer created
        $ kubectl create service nodeport second --tcp=80:8080 --node-port=30123
        error: failed to create NodePort service: Service "second" is invalid: spec.ports[0].nodePort: Invalid value: 30123: provided port is already allocated
        [exit 1]
        $ kubectl create service nodeport second --tcp=80:8080 --node-port=80
        error: failed to create NodePort service: Service "second" is invalid: spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767
        [exit 1]
        $ kubectl create service loadbalancer balanced --tcp=80
        service/balanced created
        $ kubectl create service externalname elsewhere --external-name=example.com
        service/elsewhere created
        $ kubectl get services
        NAME        TYPE           CLUSTER-IP   EXTERNAL-IP   PORT(S)          AGE
        balanced    LoadBalancer   <any>        <pending>     80:<any>/TCP     <age>
        elsewhere   ExternalName   <none>       example.com   <none>           <age>
        headless    ClusterIP      None         <none>        <none>           <age>
        inner       ClusterIP      <any>        <none>        80/TCP,443/TCP   <age>
        outer       NodePort       <any>        <none>        80:30123/TCP     <age>
        $ kubectl create ingress web --class=nginx --rule='example.com/path*=inner:80,tls=web' --default-backend=inner:80 --annotation=a=b
        ingress.networking.k8s.io/web created
        $ kubectl get ingresses
        NAME   CLASS   HOSTS         ADDRESS   PORTS     AGE
        web    nginx   example.com             80, 443   <age>
        $ kubectl describe ingress web
        Name:             web
        Labels:           <none>
        Namespace:        services
        Address:
        Ingress Class:    nginx
        Default backend:  inner:80 (<none>)
        TLS:
          web terminates example.com
        Rules:
          Host         Path  Backends
          ----         ----  --------
          example.com
                       /path   inner:80 (<none>)
        Annotations:   a: b
        Events:        <none>
        $ kubectl describe service inner
        Name:                     inner
        Namespace:                services
        Labels:                   app=inner
        Annotations:              <none>
        Selector:                 app=inner
        Type:                     ClusterIP
        IP Family Policy:         SingleStack
        IP Families:              IPv4
        IP:                       <any>
        IPs:                      <any>
        Port:                     80-8080  80/TCP
        TargetPort:               8080/TCP
        Endpoints:                <none>
        Port:                     443  443/TCP
        TargetPort:               443/TCP
        Endpoints:                <none>
        Session Affinity:         None
        Internal Traffic Policy:  Cluster
        Events:                   <none>
        """);

    [Fact]
    public async Task Workloads_are_made() => await api.ReplayAsync("workloads", """
        $ kubectl create deployment web --image=example.com/a:1 --image=example.com/b:1 --replicas=3
        deployment.apps/web created
        $ kubectl get deployment web -o jsonpath='{.spec.replicas} {.spec.template.spec.containers[*].name}'
        3 a b
        $ kubectl create job once --image=example.com/once -- echo hi
        job.batch/once created
        $ kubectl create cronjob often --image=example.com/often --schedule='*/5 * * * *' --restart=Never -- date
        cronjob.batch/often created
        $ kubectl create cronjob never --image=example.com/never --schedule='61 * * * *'
        error: failed to create cronjob: CronJob.batch "never" is invalid: spec.schedule: Invalid value: "61 * * * *": end of range (61) above maximum (59): 61
        [exit 1]
        $ kubectl create job now --from=cronjob/often
        job.batch/now created
        $ kubectl get job now -o jsonpath='{.metadata.annotations} {.metadata.ownerReferences[0].name}'
        {"cronjob.kubernetes.io/instantiate":"manual"} often
        $ kubectl get jobs -o wide
        NAME   STATUS    COMPLETIONS   DURATION   AGE     CONTAINERS   IMAGES              SELECTOR
        now    Running   0/1                      <age>   often        example.com/often   batch.kubernetes.io/controller-uid=<any>
        once   Running   0/1                      <age>   once         example.com/once    batch.kubernetes.io/controller-uid=<any>
        $ kubectl run p --image=example.com/p --restart=Never --labels=a=b --env=X=Y --port=80 --expose -- sleep 1
        service/p created
        pod/p created
        $ kubectl get pod p -o jsonpath='{.spec.restartPolicy} {.metadata.labels} {.spec.containers[0].env} {.spec.containers[0].args}'
        Never {"a":"b"} [{"name":"X","value":"Y"}] ["sleep","1"]
        $ kubectl run q --image=example.com/q --dry-run=client -o name
        pod/q
        $ kubectl run q --image=example.com/q --dry-run=server -o jsonpath='{.status} {.spec.containers[0].imagePullPolicy} [{.metadata.resourceVersion}]'
        {"phase":"Pending","qosClass":"BestEffort"} Always []
        $ kubectl run q --image=example.com/q --dry-run=server
        pod/q created (server dry run)
        $ kubectl run q --image=example.com/q --overrides='{"spec":{"restartPolicy":"Sometimes"}}'
        The Pod "q" is invalid: spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"
        [exit 1]
        $ kubectl get pods
        NAME   READY   STATUS    RESTARTS   AGE
        p      0/1     Pending   0          <age>
        """);

    [Fact]
    public async Task Policies_and_roles_are_made() => await api.ReplayAsync("policies", """
        $ kubectl create quota all --hard=pods=5,cpu=2
        resourcequota/all created
        $ kubectl create quota best --hard=pods=5 --scopes=BestEffort
        resourcequota/best created
        $ kubectl create quota wrong --hard=cpu=5 --scopes=BestEffort
        error: failed to create quota: ResourceQuota "wrong" is invalid: spec.scopes: Invalid value: ["BestEffort"]: unsupported scope applied to resource
        [exit 1]
        $ kubectl create poddisruptionbudget least --selector=app=x --min-available=1
        poddisruptionbudget.policy/least created
        $ kubectl create poddisruptionbudget most --selector=app=x --max-unavailable=50%
        poddisruptionbudget.policy/most created
        $ kubectl get pdb
        NAME    MIN AVAILABLE   MAX UNAVAILABLE   ALLOWED DISRUPTIONS   AGE
        least   1               N/A               0                     <age>
        most    N/A             50%               0                     <age>
        $ kubectl create priorityclass high --value=100 --description=high --preemption-policy=Never
        priorityclass.scheduling.k8s.io/high created
        $ kubectl get priorityclasses
        NAME                      VALUE        GLOBAL-DEFAULT   AGE     PREEMPTIONPOLICY
        high                      100          false            <age>   Never
        system-cluster-critical   2000000000   false            <age>   PreemptLowerPriority
        system-node-critical      2000001000   false            <age>   PreemptLowerPriority
        $ kubectl create serviceaccount robot
        serviceaccount/robot created
        $ kubectl create role reader --verb=get --verb=list --resource=pods,deployments.apps/scale --resource-name=a
        role.rbac.authorization.k8s.io/reader created
        $ kubectl describe role reader
        Name:         reader
        Labels:       <none>
        Annotations:  <none>
        PolicyRule:
          Resources               Non-Resource URLs  Resource Names  Verbs
          ---------               -----------------  --------------  -----
          pods                    []                 [a]             [get list]
          deployments.apps/scale  []                 [a]             [get list]
        $ kubectl create rolebinding robot --role=reader --serviceaccount=policies:robot
        rolebinding.rbac.authorization.k8s.io/robot created
        $ kubectl describe rolebinding robot
        Name:         robot
        Labels:       <none>
        Annotations:  <none>
        Role:
          Kind:  Role
          Name:  reader
        Subjects:
          Kind            Name   Namespace
          ----            ----   ---------
          ServiceAccount  robot  policies
        $ kubectl create clusterrole scraper --verb=get --non-resource-url=/metrics
        clusterrole.rbac.authorization.k8s.io/scraper created
        $ kubectl create clusterrole whole --aggregation-rule=part-of=whole
        clusterrole.rbac.authorization.k8s.io/whole created
        $ kubectl create clusterrolebinding scraper --clusterrole=scraper --group=monitoring
        clusterrolebinding.rbac.authorization.k8s.io/scraper created
        $ kubectl get clusterrolebinding scraper -o wide
        NAME      ROLE                  AGE     USERS   GROUPS       SERVICEACCOUNTS
        scraper   ClusterRole/scraper   <age>           monitoring
        $ kubectl create role reader --verb=get --resource=none
        the server doesn't have a resource type "none"
        [exit 1]
        """);
}
