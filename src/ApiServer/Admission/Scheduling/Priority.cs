using Slipway.Api;
using Slipway.ApiServer.Caching;

namespace Slipway.ApiServer.Admission.Scheduling;

/// <summary>Gives pods the priority of their class, and watches over the classes.</summary>
internal sealed class Priority(CacheFeed feed) : AdmissionPlugin
{
    private readonly PolicyObjects<PriorityClassView> _classes = new(feed, "scheduling.k8s.io", "priorityclasses", PriorityClassView.Read);

    public override bool Mutates => true;

    public override bool Validates => true;

    public override bool Concerns(ResourceType type, string subresource, Operation operation) =>
        subresource.Length == 0
        && (IsCore(type, "pods") ? operation == Operation.Create : IsClass(type) && (operation is Operation.Create or Operation.Update));

    public override ValueTask MutateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        if (!IsClass(request.Type) && PriorityRules.Complete(request.Object!, _classes.All) is { } why) throw request.Forbidden(why);
        return ValueTask.CompletedTask;
    }

    public override ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        if (!IsClass(request.Type)) return ValueTask.CompletedTask;
        if (PriorityRules.Reserved(request.Object!) is { Count: > 0 } causes)
            throw ApiException.Invalid(request.Type.Group, request.Type.Kind, request.ShownName, causes);
        if (PriorityRules.SecondDefault(request.Object!, _classes.All) is { } why) throw request.Forbidden(why);
        return ValueTask.CompletedTask;
    }

    private static bool IsClass(ResourceType type) => type is { Group: "scheduling.k8s.io", Plural: "priorityclasses" };
}
