using System.Collections.Frozen;
using Slipway.Api;

namespace Slipway.ApiServer.Writes;

/// <summary>What Kubernetes' storage lets clients do with a kind, where kinds differ for reasons of their history.</summary>
/// <param name="CreatesOnUpdate">Whether a PUT of an object that is not there creates it.</param>
/// <param name="NeedsVersion">Whether a PUT must name the resource version that it replaces.</param>
/// <param name="ShowsDeleted">Whether the answer to a deletion is the object, and not a status.</param>
/// <param name="Orphans">Whether a deletion without a policy leaves dependents.</param>
/// <param name="HasNoDependents">Whether a deletion never waits for or orphans dependents.</param>
/// <param name="RecordsUser">Whether the specification says who created the object, whatever was posted.</param>
internal sealed record KindPolicy(
    bool CreatesOnUpdate = false, bool NeedsVersion = false, bool ShowsDeleted = false, bool Orphans = false, bool HasNoDependents = false, bool RecordsUser = false)
{
    private static readonly KindPolicy Usual = new();
    private static readonly KindPolicy Custom = new(NeedsVersion: true);

    private static readonly FrozenDictionary<(string Group, string Plural), KindPolicy> Others = new Dictionary<(string, string), KindPolicy>
    {
        [("", "endpoints")] = new(CreatesOnUpdate: true),
        [("", "events")] = new(CreatesOnUpdate: true, HasNoDependents: true),
        [("", "limitranges")] = new(CreatesOnUpdate: true),
        [("", "persistentvolumeclaims")] = new(ShowsDeleted: true),
        [("", "persistentvolumes")] = new(ShowsDeleted: true),
        [("", "pods")] = new(ShowsDeleted: true),
        [("", "podtemplates")] = new(ShowsDeleted: true),
        [("", "replicationcontrollers")] = new(Orphans: true),
        [("", "resourcequotas")] = new(ShowsDeleted: true),
        [("", "serviceaccounts")] = new(ShowsDeleted: true),
        [("", "services")] = new(CreatesOnUpdate: true, ShowsDeleted: true),
        [("admissionregistration.k8s.io", "mutatingwebhookconfigurations")] = new(NeedsVersion: true),
        [("admissionregistration.k8s.io", "validatingadmissionpolicies")] = new(NeedsVersion: true),
        [("admissionregistration.k8s.io", "validatingadmissionpolicybindings")] = new(NeedsVersion: true),
        [("admissionregistration.k8s.io", "validatingwebhookconfigurations")] = new(NeedsVersion: true),
        [("apiextensions.k8s.io", "customresourcedefinitions")] = new(NeedsVersion: true),
        [("apiregistration.k8s.io", "apiservices")] = new(NeedsVersion: true),
        [("batch", "jobs")] = new(Orphans: true),
        [("certificates.k8s.io", "certificatesigningrequests")] = new(RecordsUser: true),
        [("coordination.k8s.io", "leases")] = new(CreatesOnUpdate: true, NeedsVersion: true),
        [("events.k8s.io", "events")] = new(CreatesOnUpdate: true, HasNoDependents: true),
        [("node.k8s.io", "runtimeclasses")] = new(NeedsVersion: true),
        [("policy", "poddisruptionbudgets")] = new(NeedsVersion: true),
        [("rbac.authorization.k8s.io", "clusterrolebindings")] = new(CreatesOnUpdate: true),
        [("rbac.authorization.k8s.io", "clusterroles")] = new(CreatesOnUpdate: true),
        [("rbac.authorization.k8s.io", "rolebindings")] = new(CreatesOnUpdate: true),
        [("rbac.authorization.k8s.io", "roles")] = new(CreatesOnUpdate: true),
        [("storage.k8s.io", "csidrivers")] = new(NeedsVersion: true, ShowsDeleted: true),
        [("storage.k8s.io", "csinodes")] = new(NeedsVersion: true, ShowsDeleted: true),
        [("storage.k8s.io", "csistoragecapacities")] = new(ShowsDeleted: true),
        [("storage.k8s.io", "storageclasses")] = new(ShowsDeleted: true),
        [("storage.k8s.io", "volumeattachments")] = new(NeedsVersion: true, ShowsDeleted: true),
    }.ToFrozenDictionary();

    /// <summary>The policy of a resource.</summary>
    public static KindPolicy Of(ResourceType type) => type.IsCustom ? Custom : Others.GetValueOrDefault((type.Group, type.Plural), Usual);
}
