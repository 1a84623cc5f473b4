using Slipway.Api;

namespace Slipway.ApiServer.Admission;

/// <summary>
/// One concern of admission
/// (<see href="https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/"/>). A plugin mutates, validates,
/// or both; it refuses with an <see cref="ApiException"/>.
/// </summary>
internal abstract class AdmissionPlugin
{
    /// <summary>Its name, as Kubernetes' plugin has it where there is one.</summary>
    public virtual string Name => GetType().Name;

    /// <summary>Whether the plugin has anything to say about such requests, whatever their objects; asked once for each kind of request.</summary>
    public abstract bool Concerns(ResourceType type, string subresource, Operation operation);

    /// <summary>Whether <see cref="MutateAsync"/> is to be called.</summary>
    public virtual bool Mutates => false;

    /// <summary>Whether <see cref="ValidateAsync"/> is to be called.</summary>
    public virtual bool Validates => false;

    /// <summary>Completes or refuses the object, before defaults that the server derives, names and rules.</summary>
    public virtual ValueTask MutateAsync(AdmissionRequest request, CancellationToken cancellation) => ValueTask.CompletedTask;

    /// <summary>Refuses the object as it is to be stored, or not.</summary>
    public virtual ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellation) => ValueTask.CompletedTask;

    /// <summary>Whether a type is one of the core group.</summary>
    protected static bool IsCore(ResourceType type, string plural) => type.Group.Length == 0 && type.Plural == plural;
}
