using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Admission.Lifecycle;

/// <summary>
/// Gives volumes and claims the finalizers by which controllers hold them while they are in use
/// (<see href="https://kubernetes.io/docs/concepts/storage/persistent-volumes/#storage-object-in-use-protection"/>).
/// </summary>
internal sealed class StorageObjectInUseProtection : AdmissionPlugin
{
    public override bool Mutates => true;

    public override bool Concerns(ResourceType type, string subresource, Operation operation) =>
        subresource.Length == 0 && operation == Operation.Create && (IsCore(type, "persistentvolumeclaims") || IsCore(type, "persistentvolumes"));

    public override ValueTask MutateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        Protect(request.Object!, request.Type.Plural == "persistentvolumes" ? "kubernetes.io/pv-protection" : "kubernetes.io/pvc-protection");
        return ValueTask.CompletedTask;
    }

    /// <summary>Adds a finalizer that is missing.</summary>
    public static void Protect(JsonObject document, string finalizer)
    {
        if (document.Metadata.Array("finalizers") is not { } finalizers) document.Metadata["finalizers"] = finalizers = [];
        if (!finalizers.Any(f => f.AsText() == finalizer)) finalizers.Add((JsonNode)finalizer);
    }
}
