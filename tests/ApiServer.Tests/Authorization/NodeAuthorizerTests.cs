using System.Text.Json.Nodes;
using Slipway.ApiServer.Authorization;
using Slipway.ApiServer.Authorization.Defaults;
using Slipway.ApiServer.Authorization.Nodes;

namespace Slipway.ApiServer.Tests.Authorization;

public sealed class NodeAuthorizerTests
{
    private static readonly UserInfo Node = new("system:node:n1", ["system:nodes", "system:authenticated"]);

    private static readonly NodeAuthorizer Authorizer = new(
        (node, resource, ns, name) => node == "n1" && name == "own" && (ns.Length == 0 || ns == "ns"),
        DefaultPolicy.Load(flows: true).RulesOf("system:node"));

    public static TheoryData<string, string> Requests() => new()
    {
        { "get secrets ns/own", "" },
        { "watch secrets ns/own", "" },
        { "list secrets ns/", "No Object name found" },
        { "list secrets /", "can only read namespaced object of this type" },
        { "get secrets ns/other", "no relationship found between node 'n1' and this object" },
        { "update secrets ns/own", "can only read resources of this type" },
        { "get configmaps ns/own", "" },
        { "get configmaps ns/other", "no relationship found between node 'n1' and this object" },
        { "get persistentvolumeclaims ns/own", "" },
        { "list persistentvolumeclaims ns/own", "can only get individual resources of this type" },
        { "patch persistentvolumeclaims/status ns/own", "" },
        { "patch persistentvolumeclaims/status ns/other", "no relationship found between node 'n1' and this object" },
        { "get persistentvolumes /own", "" },
        { "get resourceclaims.resource.k8s.io ns/own", "" },
        { "get volumeattachments.storage.k8s.io /other", "no relationship found between node 'n1' and this object" },
        { "create serviceaccounts/token ns/own", "" },
        { "create serviceaccounts/token ns/other", "no relationship found between node 'n1' and this object" },
        { "create serviceaccounts ns/own", "can only create token subresource of serviceaccount" },
        { "update serviceaccounts ns/own", "can only create tokens for individual service accounts" },
        { "update leases.coordination.k8s.io kube-node-lease/n1", "" },
        { "create leases.coordination.k8s.io kube-node-lease/", "" },
        { "update leases.coordination.k8s.io kube-node-lease/n2", "can only access node lease with the same name as the requesting node" },
        { "get leases.coordination.k8s.io kube-system/n1", "can only access leases in the \"kube-node-lease\" system namespace" },
        { "list leases.coordination.k8s.io kube-node-lease/", "can only get, create, update, patch, or delete a node lease" },
        { "get csinodes.storage.k8s.io /n1", "" },
        { "get csinodes.storage.k8s.io /n2", "can only access CSINode with the same name as the requesting node" },
        { "create resourceslices.resource.k8s.io /", "" },
        { "delete resourceslices.resource.k8s.io /other", "no relationship found between node 'n1' and this object" },
        { "list resourceslices.resource.k8s.io / spec.nodeName=n1", "" },
        { "list resourceslices.resource.k8s.io /", "can only list/watch/deletecollection resourceslices with nodeName field selector" },
        { "get nodes /n1", "" },
        { "get nodes /n2", "node 'n1' cannot read 'n2', only its own Node object" },
        { "watch nodes / metadata.name=n1", "" },
        { "patch nodes/status /n1", "" },
        { "create nodes /", "" },
        { "delete nodes /n1", "no opinion" },
        { "get pods ns/own", "" },
        { "get pods ns/other", "no relationship found between node 'n1' and this object" },
        { "list pods / spec.nodeName=n1", "" },
        { "list pods / spec.nodeName=n2", "can only list/watch pods with spec.nodeName field selector" },
        { "list pods /", "can only list/watch pods with spec.nodeName field selector" },
        { "patch pods/status ns/own", "" },
        { "create pods/binding ns/own", "no opinion" },
        { "create pods/eviction ns/own", "" },
        { "list services /", "" },
        { "create events ns/", "" },
        { "create certificatesigningrequests.certificates.k8s.io /", "" },
        { "get deployments.apps ns/own", "no opinion" },
        { "create tokenreviews.authentication.k8s.io /", "" },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public void A_node_may_do_what_its_pods_need(string request, string refusal)
    {
        var decision = Authorizer.Decide(Request(request, Node));
        Assert.Equal(refusal.Length == 0, decision.IsAllowed);
        if (refusal is not ("" or "no opinion")) Assert.Equal(refusal, decision.Reason);
    }

    [Theory]
    [InlineData("system:node:n1", "system:authenticated")]
    [InlineData("system:node:", "system:nodes")]
    [InlineData("n1", "system:nodes")]
    public void Who_is_no_node_is_not_spoken_of(string name, string group)
    {
        var decision = Authorizer.Decide(Request("list services /", new UserInfo(name, [group])));
        Assert.False(decision.IsAllowed);
        Assert.Equal("", decision.Reason);
    }

    [Fact]
    public void A_pod_refers_to_all_that_its_fields_name()
    {
        var references = PodReferences.Of((JsonObject)JsonNode.Parse("""
            {"metadata":{"name":"p"},"spec":{"serviceAccountName":"sa","imagePullSecrets":[{"name":"s-pull"}],
             "containers":[{"env":[{"valueFrom":{"secretKeyRef":{"name":"s-env","key":"k"}}},{"value":"plain"}],"envFrom":[{"configMapRef":{"name":"c-from"}},{"secretRef":{"name":"s-from"}}]}],
             "initContainers":[{"env":[{"valueFrom":{"configMapKeyRef":{"name":"c-init","key":"k"}}}]}],
             "ephemeralContainers":[{"envFrom":[{"secretRef":{"name":"s-debug"}}]}],
             "resourceClaims":[{"name":"r","resourceClaimName":"r-direct"},{"name":"t","resourceClaimTemplateName":"template"}],
             "volumes":[{"name":"a","secret":{"secretName":"s-vol"}},{"name":"b","configMap":{"name":"c-vol"}},{"name":"c","persistentVolumeClaim":{"claimName":"claim"}},
              {"name":"scratch","ephemeral":{}},{"name":"d","projected":{"sources":[{"secret":{"name":"s-proj"}},{"configMap":{"name":"c-proj"}},{"serviceAccountToken":{}}]}},
              {"name":"e","csi":{"nodePublishSecretRef":{"name":"s-csi"}}},{"name":"f","rbd":{"secretRef":{"name":"s-rbd"}}}]},
             "status":{"resourceClaimStatuses":[{"name":"t","resourceClaimName":"r-made"}]}}
            """)!);
        Assert.Equal("sa", references.ServiceAccount);
        Assert.Equal(["s-csi", "s-debug", "s-env", "s-from", "s-proj", "s-pull", "s-rbd", "s-vol"], references.Secrets.Order(StringComparer.Ordinal));
        Assert.Equal(["c-from", "c-init", "c-proj", "c-vol"], references.ConfigMaps.Order(StringComparer.Ordinal));
        Assert.Equal(["claim", "p-scratch"], references.VolumeClaims.Order(StringComparer.Ordinal));
        Assert.Equal(["r-direct", "r-made"], references.ResourceClaims.Order(StringComparer.Ordinal));
    }

    // VERB resource[.group][/subresource] NAMESPACE/NAME [field=value]
    private static AccessRequest Request(string text, UserInfo user)
    {
        var words = text.Split(' ');
        var resource = words[1].Split('/', 2);
        var names = resource[0].Split('.', 2);
        var at = words[2].Split('/');
        return new AccessRequest(user, words[0])
        {
            Resource = names[0],
            Group = names.Length > 1 ? names[1] : "",
            Subresource = resource.Length > 1 ? resource[1] : "",
            Namespace = at[0],
            Name = at[1],
            Fields = words.Length > 3 ? Api.Selectors.FieldSelector.Parse(words[3]).Requirements : [],
        };
    }
}
