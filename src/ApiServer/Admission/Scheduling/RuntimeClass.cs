using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Caching;

namespace Slipway.ApiServer.Admission.Scheduling;

/// <summary>Gives pods the overhead and the constraints of their runtime class.</summary>
internal sealed class RuntimeClass(CacheFeed feed) : AdmissionPlugin
{
    private readonly PolicyObjects<JsonObject> _classes = new(feed, "node.k8s.io", "runtimeclasses", d => d);

    public override bool Mutates => true;

    public override bool Validates => true;

    public override bool Concerns(ResourceType type, string subresource, Operation operation) =>
        IsCore(type, "pods") && subresource.Length == 0 && operation == Operation.Create;

    public override async ValueTask MutateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        if (await FindAsync(request, cancellation) is { } found && RuntimeClassRules.Complete(request.Object!, found) is { } why) throw request.Forbidden(why);
    }

    public override async ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        if (RuntimeClassRules.OverheadFault(request.Object!, await FindAsync(request, cancellation)) is { } why) throw request.Forbidden(why);
    }

    private async ValueTask<JsonObject?> FindAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        if (request.Object!.Object("spec")?.Text("runtimeClassName") is not { } name) return null;
        if (_classes.Find("", name) is { } known) return known;
        await feed.WaitUntilFreshAsync(cancellation);
        return _classes.Find("", name) ?? throw request.Forbidden($"pod rejected: RuntimeClass \"{name}\" not found");
    }
}
