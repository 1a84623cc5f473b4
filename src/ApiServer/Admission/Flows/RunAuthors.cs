using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.ApiServer.Authorization;

namespace Slipway.ApiServer.Admission.Flows;

/// <summary>
/// Writes into runs of flows who has started them, decided on their tasks and stopped them, and lets only those decide who hold the verb for it. What the
/// controllers of flows write is taken as it is: they name the schedule, trigger or backfill.
/// </summary>
internal sealed class RunAuthors(Authorizer authorizer, TimeProvider clock) : AdmissionPlugin
{
    public override bool Mutates => true;

    public override bool Validates => true;

    public override bool Concerns(ResourceType type, string subresource, Operation operation) =>
        type is { Group: CustomKindAttribute.Group, Plural: "flowruns" } && subresource.Length == 0 && operation is Operation.Create or Operation.Update;

    public override ValueTask MutateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        if (request.User.Name != ServiceAccountUser.Flows)
            RunAuthorship.Sign(request.OldObject, request.Object!, request.User.Name, clock.GetUtcNow());
        return ValueTask.CompletedTask;
    }

    public override ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        if (request.User.Name == ServiceAccountUser.Flows || !RunAuthorship.Decides(request.OldObject, request.Object!) || IsAllowedToDecide(request))
            return ValueTask.CompletedTask;
        throw request.Forbidden($"user \"{request.User.Name}\" may not decide on its tasks: it takes the verb \"{RunAuthorship.DecidingVerb}\" on {request.Type.GroupResource} in namespace \"{request.Namespace}\"");
    }

    private bool IsAllowedToDecide(AdmissionRequest request) => authorizer.Decide(new AccessRequest(request.User, RunAuthorship.DecidingVerb)
    {
        Group = request.Type.Group, Resource = request.Type.Plural, Namespace = request.Namespace, Name = request.Name,
    }).IsAllowed;
}
