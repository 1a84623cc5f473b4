namespace Slipway.Conformance;

/// <summary>What kubectl prints of who one is and what one may, of certificates and of tokens.</summary>
public sealed class KubectlAuthTests(ApiServerFixture api) : IClassFixture<ApiServerFixture>
{
    [Fact]
    public async Task It_asks_who_one_is_and_what_one_may() => await api.ReplayAsync("access", """
        $ kubectl auth whoami
        ATTRIBUTE                                           VALUE
        Username                                            admin
        Groups                                              [system:masters system:authenticated]
        Extra: authentication.kubernetes.io/credential-id   [X509SHA256=<any>]
        $ kubectl auth whoami --as=jane --as-group=devs -o jsonpath='{.status.userInfo}'
        {"groups":["devs","system:authenticated"],"username":"jane"}
        $ kubectl create role reader --verb=get,list --resource=pods,pods/log
        role.rbac.authorization.k8s.io/reader created
        $ kubectl create rolebinding jane --role=reader --user=jane
        rolebinding.rbac.authorization.k8s.io/jane created
        $ kubectl auth can-i get pods --as=jane
        yes
        $ kubectl auth can-i get pods --subresource=log --as=jane
        yes
        $ kubectl auth can-i delete pods --as=jane
        no
        [exit 1]
        $ kubectl auth can-i list pods --all-namespaces --as=jane
        no
        [exit 1]
        $ kubectl auth can-i list pods --all-namespaces --as=jane --quiet
        [exit 1]
        $ kubectl auth can-i get /metrics
        yes
        $ kubectl auth can-i get /metrics --as=jane
        no
        [exit 1]
        $ kubectl auth can-i list nodes
        yes
        Warning: resource 'nodes' is not namespace scoped
        $ kubectl auth can-i list none --as=jane
        no
        Warning: the server doesn't have a resource type 'none'
        [exit 1]
        $ kubectl auth can-i --list --as=jane
        Resources                                       Non-Resource URLs   Resource Names   Verbs
        selfsubjectreviews.authentication.k8s.io        []                  []               [create]
        selfsubjectaccessreviews.authorization.k8s.io   []                  []               [create]
        selfsubjectrulesreviews.authorization.k8s.io    []                  []               [create]
        pods/log                                        []                  []               [get list]
        pods                                            []                  []               [get list]
                                                        [/api/*]            []               [get]
                                                        [/api]              []               [get]
                                                        [/apis/*]           []               [get]
                                                        [/apis]             []               [get]
                                                        [/healthz]          []               [get]
                                                        [/healthz]          []               [get]
                                                        [/livez]            []               [get]
                                                        [/livez]            []               [get]
                                                        [/openapi/*]        []               [get]
                                                        [/openapi]          []               [get]
                                                        [/readyz]           []               [get]
                                                        [/readyz]           []               [get]
                                                        [/version/]         []               [get]
                                                        [/version/]         []               [get]
                                                        [/version]          []               [get]
                                                        [/version]          []               [get]
        $ kubectl get pods --as=jane
        No resources found in access namespace.
        $ kubectl get secrets --as=jane
        Error from server (Forbidden): secrets is forbidden: User "jane" cannot list resource "secrets" in API group "" in the namespace "access"
        [exit 1]
        $ kubectl get nodes --as=jane
        Error from server (Forbidden): nodes is forbidden: User "jane" cannot list resource "nodes" in API group "" at the cluster scope
        [exit 1]
        $ kubectl create deployment web --image=example.com/web --as=jane
        error: failed to create deployment: deployments.apps is forbidden: User "jane" cannot create resource "deployments" in API group "apps" in the namespace "access"
        [exit 1]
        $ kubectl get pod p --as=jane --as-group=devs
        Error from server (NotFound): pods "p" not found
        [exit 1]
        $ kubectl delete pod p --as=jane
        Error from server (Forbidden): pods "p" is forbidden: User "jane" cannot delete resource "pods" in API group "" in the namespace "access"
        [exit 1]
        """);

    [Fact]
    public async Task It_reconciles_roles_and_bindings()
    {
        static string Roles(string verbs, string users) => $$"""
            apiVersion: rbac.authorization.k8s.io/v1
            kind: Role
            metadata: { name: reader, namespace: reconciled }
            rules: [{ apiGroups: [""], resources: [pods], verbs: [{{verbs}}] }]
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata: { name: readers, namespace: reconciled }
            roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader }
            subjects: [{{users}}]

            """;
        const string jane = "{ apiGroup: rbac.authorization.k8s.io, kind: User, name: jane }", joe = "{ apiGroup: rbac.authorization.k8s.io, kind: User, name: joe }";
        api.Write("narrow.yaml", Roles("get", jane));
        api.Write("wide.yaml", Roles("get, list", $"{jane}, {joe}"));
        await api.ReplayAsync("reconciled", """
            $ kubectl auth reconcile -f narrow.yaml --dry-run=client
            role.rbac.authorization.k8s.io/reader reconciled (dry run)
            rolebinding.rbac.authorization.k8s.io/readers reconciled (dry run)
              reconciliation required create
              missing rules added:
                {Verbs:[get] APIGroups:[] Resources:[pods] ResourceNames:[] NonResourceURLs:[]}
              reconciliation required create
              missing subjects added:
                {Kind:User APIGroup:rbac.authorization.k8s.io Name:jane Namespace:}
            $ kubectl auth reconcile -f narrow.yaml > /dev/null 2>&1; kubectl auth reconcile -f wide.yaml
            role.rbac.authorization.k8s.io/reader reconciled
            rolebinding.rbac.authorization.k8s.io/readers reconciled
              reconciliation required update
              missing rules added:
                {Verbs:[list] APIGroups:[] Resources:[pods] ResourceNames:[] NonResourceURLs:[]}
              reconciliation required update
              missing subjects added:
                {Kind:User APIGroup:rbac.authorization.k8s.io Name:joe Namespace:}
            $ kubectl auth reconcile -f narrow.yaml --remove-extra-permissions --remove-extra-subjects > /dev/null 2>&1; kubectl get role reader -o jsonpath='{.rules} '; kubectl get rolebinding readers -o jsonpath='{.subjects[*].name}'
            [{"apiGroups":[""],"resources":["pods"],"verbs":["get"]}] jane
            """);
    }

    [Fact]
    public async Task Certificates_are_asked_for_approved_and_denied()
    {
        api.Write("request.sh", """
            openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout /dev/null -subj "/O=devs/CN=$1" 2> /dev/null > "$1.csr"
            cat << END
            apiVersion: certificates.k8s.io/v1
            kind: CertificateSigningRequest
            metadata: { name: $1 }
            spec: { request: $(base64 -w0 "$1.csr"), signerName: kubernetes.io/kube-apiserver-client, usages: [client auth], expirationSeconds: ${2:-86400}, username: forged }
            END

            """);
        await api.ReplayAsync("certificates", """
            $ sh request.sh jane | kubectl create -f -
            certificatesigningrequest.certificates.k8s.io/jane created
            $ sh request.sh joe | kubectl create -f - --as=joe --as-group=system:masters
            certificatesigningrequest.certificates.k8s.io/joe created
            $ sh request.sh short 60 | kubectl create -f -
            The CertificateSigningRequest "short" is invalid: spec.expirationSeconds: Invalid value: 60: may not specify a duration less than 600 seconds (10 minutes)
            [exit 1]
            $ kubectl get csr
            NAME   AGE     SIGNERNAME                            REQUESTOR   REQUESTEDDURATION   CONDITION
            jane   <age>   kubernetes.io/kube-apiserver-client   admin       24h                 Pending
            joe    <age>   kubernetes.io/kube-apiserver-client   joe         24h                 Pending
            $ kubectl certificate approve jane
            certificatesigningrequest.certificates.k8s.io/jane approved
            $ kubectl certificate deny joe
            certificatesigningrequest.certificates.k8s.io/joe denied
            $ kubectl certificate approve joe
            error: certificate signing request "joe" is already Denied
            [exit 1]
            $ kubectl certificate approve none
            Error from server (NotFound): certificatesigningrequests.certificates.k8s.io "none" not found
            [exit 1]
            $ kubectl get csr --no-headers
            jane   <age>   kubernetes.io/kube-apiserver-client   admin   24h   Approved
            joe    <age>   kubernetes.io/kube-apiserver-client   joe     24h   Denied
            $ kubectl get csr jane -o jsonpath='{.status.conditions[*].reason} {.status.conditions[*].message} {.spec.groups}'
            KubectlApprove This CSR was approved by kubectl certificate approve. ["system:masters","system:authenticated"]
            $ kubectl describe csr jane
            Name:                jane
            Labels:              <none>
            Annotations:         <none>
            CreationTimestamp:   <...>
            Requesting User:     admin
            Signer:              kubernetes.io/kube-apiserver-client
            Requested Duration:  24h
            Status:              Approved
            Subject:
                     Common Name:    jane
                     Serial Number:
                     Organization:   devs
            Events:  <none>
            """);
    }

    [Fact]
    public async Task Tokens_are_bound_to_what_they_are_for() => await api.ReplayAsync("tokens", """
        $ kubectl create serviceaccount robot
        serviceaccount/robot created
        $ kubectl create token none
        error: failed to create token: serviceaccounts "none" not found
        [exit 1]
        $ kubectl create token robot --bound-object-kind=Pod --bound-object-name=none
        error: failed to create token: pods "none" not found
        [exit 1]
        $ kubectl create token robot --duration=1m
        error: failed to create token: TokenRequest.authentication.k8s.io "" is invalid: spec.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes
        [exit 1]
        $ kubectl create secret generic s
        secret/s created
        $ kubectl create token robot --audience=https://a.example.com --duration=1h --bound-object-kind=Secret --bound-object-name=s -o jsonpath='{.kind} {.spec.audiences} {.spec.expirationSeconds} {.spec.boundObjectRef.kind}'
        TokenRequest ["https://a.example.com"] 3600 Secret
        $ TOKEN=$(kubectl create token robot --bound-object-kind=Secret --bound-object-name=s); kubectl config view --raw -o jsonpath='{.clusters[0].cluster.certificate-authority-data}' | base64 -d > ca.crt; robot() { KUBECONFIG=/dev/null kubectl --server $(kubectl config view -o jsonpath='{.clusters[0].cluster.server}') --certificate-authority ca.crt --token $TOKEN "$@"; }; robot auth whoami -o jsonpath='{.status.userInfo.username} {.status.userInfo.groups}'; echo; kubectl delete secret s; robot auth whoami
        system:serviceaccount:tokens:robot ["system:serviceaccounts","system:serviceaccounts:tokens","system:authenticated"]
        secret "s" deleted from tokens namespace
        error: You must be logged in to the server (Unauthorized)
        [exit 1]
        """);
}
