namespace Slipway.Conformance;

/// <summary>What kubectl tells of the server and of what it serves.</summary>
public sealed class KubectlDiscoveryTests(ApiServerFixture api) : IClassFixture<ApiServerFixture>
{
    [Fact]
    public async Task Resources_are_listed_by_group_verb_and_category() => await api.ReplayAsync("default", """
        $ kubectl api-resources --api-group=apps -o wide
        NAME                  SHORTNAMES   APIVERSION   NAMESPACED   KIND                 VERBS                                                        CATEGORIES
        controllerrevisions                apps/v1      true         ControllerRevision   create,delete,deletecollection,get,list,patch,update,watch
        daemonsets            ds           apps/v1      true         DaemonSet            create,delete,deletecollection,get,list,patch,update,watch   all
        deployments           deploy       apps/v1      true         Deployment           create,delete,deletecollection,get,list,patch,update,watch   all
        replicasets           rs           apps/v1      true         ReplicaSet           create,delete,deletecollection,get,list,patch,update,watch   all
        statefulsets          sts          apps/v1      true         StatefulSet          create,delete,deletecollection,get,list,patch,update,watch   all
        $ kubectl api-resources --categories=all --verbs=create,delete
        NAME                       SHORTNAMES   APIVERSION       NAMESPACED   KIND
        pods                       po           v1               true         Pod
        replicationcontrollers     rc           v1               true         ReplicationController
        services                   svc          v1               true         Service
        daemonsets                 ds           apps/v1          true         DaemonSet
        deployments                deploy       apps/v1          true         Deployment
        replicasets                rs           apps/v1          true         ReplicaSet
        statefulsets               sts          apps/v1          true         StatefulSet
        horizontalpodautoscalers   hpa          autoscaling/v2   true         HorizontalPodAutoscaler
        cronjobs                   cj           batch/v1         true         CronJob
        jobs                                    batch/v1         true         Job
        $ kubectl api-resources --api-group= --no-headers
        bindings                         v1   true    Binding
        componentstatuses        cs      v1   false   ComponentStatus
        configmaps               cm      v1   true    ConfigMap
        endpoints                ep      v1   true    Endpoints
        events                   ev      v1   true    Event
        limitranges              limits  v1   true    LimitRange
        namespaces               ns      v1   false   Namespace
        nodes                    no      v1   false   Node
        persistentvolumeclaims   pvc     v1   true    PersistentVolumeClaim
        persistentvolumes        pv      v1   false   PersistentVolume
        pods                     po      v1   true    Pod
        podtemplates                     v1   true    PodTemplate
        replicationcontrollers   rc      v1   true    ReplicationController
        resourcequotas           quota   v1   true    ResourceQuota
        secrets                          v1   true    Secret
        serviceaccounts          sa      v1   true    ServiceAccount
        services                 svc     v1   true    Service
        $ kubectl api-resources --namespaced=false --sort-by=name -o name | head -3
        apiservices.apiregistration.k8s.io
        certificatesigningrequests.certificates.k8s.io
        clusterrolebindings.rbac.authorization.k8s.io
        $ kubectl api-resources --namespaced --sort-by=kind --no-headers | head -2
        artifactstores    as    slipway.dev/v1alpha1   true   ArtifactStore
        bindings                v1                     true   Binding
        $ kubectl api-resources --cached --api-group=batch -o name
        cronjobs.batch
        jobs.batch
        $ kubectl api-resources --api-group=batch -o json | grep '"kind": "[CJ]'
                    "kind": "CronJob",
                    "kind": "Job",
        $ kubectl api-resources --api-group=none --no-headers
        $ kubectl api-versions
        admissionregistration.k8s.io/v1
        apiextensions.k8s.io/v1
        apiregistration.k8s.io/v1
        apps/v1
        authentication.k8s.io/v1
        authorization.k8s.io/v1
        autoscaling/v1
        autoscaling/v2
        batch/v1
        certificates.k8s.io/v1
        coordination.k8s.io/v1
        discovery.k8s.io/v1
        events.k8s.io/v1
        flowcontrol.apiserver.k8s.io/v1
        metrics.k8s.io/v1beta1
        networking.k8s.io/v1
        node.k8s.io/v1
        policy/v1
        rbac.authorization.k8s.io/v1
        resource.k8s.io/v1
        scheduling.k8s.io/v1
        scheduling.k8s.io/v1beta1
        slipway.dev/v1alpha1
        storage.k8s.io/v1
        storagemigration.k8s.io/v1
        v1
        """);

    [Fact]
    public async Task The_server_tells_of_itself() => await api.ReplayAsync("default", """
        $ kubectl version 2> /dev/null
        Client Version: v1.35.2
        Kustomize Version: v5.7.1
        Server Version: v1.37.0+slipway
        $ kubectl version -o json 2> /dev/null | grep -A99 serverVersion | grep -E 'major|minor'
            "major": "1",
            "minor": "37",
        $ kubectl cluster-info
        Kubernetes control plane is running at https://127.0.0.1:<any>

        To further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.
        $ kubectl cluster-info dump --namespaces=default | grep -c '"kind": "[A-Za-z]*List"'
        8
        $ kubectl get --raw '/readyz?verbose' | grep -E ']ping|]informer-sync|passed'
        [+]ping ok
        [+]informer-sync ok
        readyz check passed
        $ kubectl get --raw /livez
        ok
        $ kubectl get --raw /api/v1/namespaces/default | grep -o '"name":"default"'
        "name":"default"
        $ echo '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"raw"}}' | kubectl create --raw /api/v1/namespaces/default/configmaps -f - | grep -o '"name":"raw"'
        "name":"raw"
        $ kubectl delete --raw /api/v1/namespaces/default/configmaps/raw | grep -o '"status":"Success"'
        "status":"Success"
        $ kubectl get --raw /none
        Error from server (NotFound): the server could not find the requested resource
        [exit 1]
        $ kubectl get componentstatuses
        NAME     STATUS    MESSAGE   ERROR
        etcd-0   Healthy   ok
        Warning: v1 ComponentStatus is deprecated in v1.19+
        $ kubectl top pods
        No resources found in default namespace.
        """);

    [Fact]
    public async Task Fields_are_explained() => await api.ReplayAsync("default", """
        $ kubectl explain jobs.spec.parallelism
        GROUP:      batch
        KIND:       Job
        VERSION:    v1

        FIELD: parallelism <integer>


        DESCRIPTION:
            Specifies the maximum desired number of pods the job should run at any given
            time. The actual number of pods running in steady state will be less than
            this number when ((.spec.completions - .status.successful) <
            .spec.parallelism), i.e. when the work left to do is less than max
            parallelism. More info:
            https://kubernetes.io/docs/concepts/workloads/controllers/jobs-run-to-completion/
        $ kubectl explain configmaps --recursive | head -12
        KIND:       ConfigMap
        VERSION:    v1

        DESCRIPTION:
            ConfigMap holds configuration data for pods to consume.

        FIELDS:
          apiVersion  <string>
          binaryData  <map[string]string>
          data  <map[string]string>
          immutable  <boolean>
          kind  <string>
        $ kubectl explain horizontalpodautoscalers.spec --api-version=autoscaling/v1 --recursive | sed -n '/FIELDS/,$p'
        FIELDS:
          maxReplicas  <integer> -required-
          minReplicas  <integer>
          scaleTargetRef  <CrossVersionObjectReference> -required-
            apiVersion  <string>
            kind  <string> -required-
            name  <string> -required-
          targetCPUUtilizationPercentage  <integer>
        $ kubectl explain deployments.spec.none
        GROUP:      apps
        KIND:       Deployment
        VERSION:    v1
        error: field "none" does not exist
        [exit 1]
        $ kubectl explain pods.spec.restartPolicy --output=plaintext-openapiv2 | head -4
        KIND:     Pod
        VERSION:  v1

        FIELD:    restartPolicy <string>
        """);

    [Fact]
    public async Task Custom_kinds_are_used_as_built_in_ones_are()
    {
        api.Write("boats.yaml", """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: { name: boats.fleet.example.com }
            spec:
              group: fleet.example.com
              scope: Namespaced
              names: { plural: boats, singular: boat, kind: Boat, shortNames: [bt], categories: [all] }
              versions:
              - name: v1
                served: true
                storage: true
                subresources: { status: {}, scale: { specReplicasPath: .spec.crew, statusReplicasPath: .status.crew } }
                selectableFields: [{ jsonPath: .spec.flag }]
                additionalPrinterColumns: [{ name: Flag, type: string, jsonPath: .spec.flag }, { name: Crew, type: integer, jsonPath: .spec.crew, priority: 1 }]
                schema:
                  openAPIV3Schema:
                    type: object
                    properties:
                      spec: { type: object, properties: { sails: { type: integer, minimum: 1 }, crew: { type: integer }, flag: { type: string } } }
                      status: { type: object, x-kubernetes-preserve-unknown-fields: true }
            """);
        api.Write("boat.yaml", "apiVersion: fleet.example.com/v1\nkind: Boat\nmetadata: { name: b }\nspec: { sails: 2, crew: 1, flag: red }\n");
        await api.ReplayAsync("boats", """
            $ kubectl create -f boats.yaml
            customresourcedefinition.apiextensions.k8s.io/boats.fleet.example.com created
            $ kubectl wait --for=condition=established crd/boats.fleet.example.com
            customresourcedefinition.apiextensions.k8s.io/boats.fleet.example.com condition met
            $ kubectl create -f boat.yaml
            boat.fleet.example.com/b created
            $ kubectl api-resources --api-group=fleet.example.com
            NAME    SHORTNAMES   APIVERSION             NAMESPACED   KIND
            boats   bt           fleet.example.com/v1   true         Boat
            $ kubectl get bt -o wide
            NAME   FLAG   CREW
            b      red    1
            $ kubectl get all
            NAME                       FLAG
            boat.fleet.example.com/b   red
            $ kubectl get boats --field-selector spec.flag=red -o name
            boat.fleet.example.com/b
            $ kubectl get boats --field-selector spec.sails=2
            Error from server (BadRequest): Unable to find "fleet.example.com/v1, Resource=boats" that match label selector "", field selector "spec.sails=2": field label not supported: spec.sails
            [exit 1]
            $ kubectl scale boat b --replicas=4
            boat.fleet.example.com/b scaled
            $ kubectl autoscale boat b --max=3
            horizontalpodautoscaler.autoscaling/b autoscaled
            $ kubectl label boat b x=y
            boat.fleet.example.com/b labeled
            $ kubectl patch boat b --type=strategic -p '{"spec":{"sails":3}}'
            error: application/strategic-merge-patch+json is not supported by fleet.example.com/v1, Kind=Boat: the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml
            [exit 1]
            $ kubectl patch boat b --type=merge -p '{"spec":{"sails":0}}'
            The Boat "b" is invalid: spec.sails: Invalid value: 0: spec.sails in body should be greater than or equal to 1
            [exit 1]
            $ kubectl patch boat b --subresource=status --type=merge -p '{"status":{"ready":true}}'
            boat.fleet.example.com/b patched
            $ kubectl wait boat/b --for=jsonpath='{.status.ready}'=true
            boat.fleet.example.com/b condition met
            $ kubectl describe boat b
            Name:         b
            Namespace:    boats
            Labels:       x=y
            Annotations:  <none>
            API Version:  fleet.example.com/v1
            Kind:         Boat
            Metadata:
              Creation Timestamp:  <any>
              Generation:          2
              Resource Version:    <any>
              UID:                 <any>
            Spec:
              Crew:   4
              Flag:   red
              Sails:  2
            Status:
              Ready:  true
            Events:   <none>
            $ kubectl delete crd boats.fleet.example.com
            customresourcedefinition.apiextensions.k8s.io "boats.fleet.example.com" deleted
            Warning: deleting cluster-scoped resources, not scoped to the provided namespace
            $ kubectl get boats
            Error from server (NotFound): Unable to list "fleet.example.com/v1, Resource=boats": the server could not find the requested resource
            [exit 1]
            """);
    }
}
