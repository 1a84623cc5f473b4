using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Caching;

namespace Slipway.ApiServer.Admission.Defaults;

/// <summary>Gives claims that name no storage class the default one; an empty name means none on purpose.</summary>
internal sealed class DefaultStorageClass(CacheFeed feed) : AdmissionPlugin
{
    private const string Annotation = "volume.beta.kubernetes.io/storage-class";
    private readonly PolicyObjects<DefaultClass> _classes = new(feed, "storage.k8s.io", "storageclasses",
        d => DefaultClass.Read(d, "storageclass.kubernetes.io/is-default-class", "storageclass.beta.kubernetes.io/is-default-class"));

    public override bool Mutates => true;

    public override bool Concerns(ResourceType type, string subresource, Operation operation) =>
        IsCore(type, "persistentvolumeclaims") && subresource.Length == 0 && operation == Operation.Create;

    public override ValueTask MutateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        var claim = request.Object!;
        var spec = claim.ObjectOrNew("spec");
        if (spec["storageClassName"] is null && claim.Annotations?[Annotation] is null && DefaultClass.Of(_classes.All) is { } name)
            spec["storageClassName"] = name;
        return ValueTask.CompletedTask;
    }
}
