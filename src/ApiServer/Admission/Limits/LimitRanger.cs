using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Caching;

namespace Slipway.ApiServer.Admission.Limits;

/// <summary>Applies the limit ranges of a namespace to its pods and claims.</summary>
internal sealed class LimitRanger(CacheFeed feed) : AdmissionPlugin
{
    private readonly PolicyObjects<LimitRange> _ranges = new(feed, "", "limitranges", LimitRange.Read);

    public override bool Mutates => true;

    public override bool Validates => true;

    public override bool Concerns(ResourceType type, string subresource, Operation operation) => operation switch
    {
        Operation.Create => subresource.Length == 0 && (IsCore(type, "pods") || IsCore(type, "persistentvolumeclaims")),
        Operation.Update => IsCore(type, "pods") ? subresource == "resize" : IsCore(type, "persistentvolumeclaims") && subresource.Length == 0,
        _ => false,
    };

    public override ValueTask MutateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        if (request.Operation != Operation.Create || !IsCore(request.Type, "pods")) return ValueTask.CompletedTask;
        foreach (var item in _ranges.In(request.Namespace)) LimitRules.Complete(request.Object!, _ranges.Of(item));
        return ValueTask.CompletedTask;
    }

    public override ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        if (request.OldObject?.IsBeingDeleted == true) return ValueTask.CompletedTask;
        var isPod = IsCore(request.Type, "pods");
        foreach (var item in _ranges.In(request.Namespace))
        {
            var faults = isPod ? LimitRules.Faults(request.Object!, _ranges.Of(item)) : LimitRules.ClaimFaults(request.Object!, _ranges.Of(item));
            if (faults.Count > 0) throw request.Forbidden(LimitRules.Told(faults));
        }
        return ValueTask.CompletedTask;
    }
}
