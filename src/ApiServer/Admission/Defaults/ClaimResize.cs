using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Quota;
using Slipway.ApiServer.Caching;

namespace Slipway.ApiServer.Admission.Defaults;

/// <summary>Lets a claim grow only where its storage class says that volumes can.</summary>
internal sealed class ClaimResize(CacheFeed feed) : AdmissionPlugin
{
    private const string Annotation = "volume.beta.kubernetes.io/storage-class";
    private readonly PolicyObjects<JsonObject> _classes = new(feed, "storage.k8s.io", "storageclasses", d => d);

    public override string Name => "PersistentVolumeClaimResize";

    public override bool Validates => true;

    public override bool Concerns(ResourceType type, string subresource, Operation operation) =>
        IsCore(type, "persistentvolumeclaims") && subresource.Length == 0 && operation == Operation.Update;

    public override ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        var (old, updated) = (request.OldObject!, request.Object!);
        if (SizeOf(updated) <= SizeOf(old)) return ValueTask.CompletedTask;
        var why = Fault(updated, old, name => _classes.Find("", name)?.Boolean("allowVolumeExpansion") == true);
        return why is null ? ValueTask.CompletedTask : throw request.Forbidden(why);
    }

    /// <summary>Why a claim may not grow; null when it may.</summary>
    public static string? Fault(JsonObject updated, JsonObject old, Func<string, bool> classGrows)
    {
        if (old.Object("status")?.Text("phase") != "Bound") return "Only bound persistent volume claims can be expanded";
        var name = updated.Annotations?[Annotation].AsText() ?? updated.Object("spec")?.Text("storageClassName") ?? "";
        return name.Length > 0 && classGrows(name)
            ? null
            : "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize";
    }

    private static Quantity SizeOf(JsonObject claim) =>
        ResourceAmounts.Read(claim.Object("spec")?.Object("resources")?.Object("requests"))["storage"] ?? Quantity.Zero;
}
