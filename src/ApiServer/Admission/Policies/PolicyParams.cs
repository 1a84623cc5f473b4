using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Catalog;

namespace Slipway.ApiServer.Admission.Policies;

/// <summary>A policy or binding cannot be put to work; the policy's failure policy says what that means.</summary>
internal sealed class PolicyConfigurationException(string message, bool isOfBinding) : Exception(message)
{
    /// <summary>Whether the binding is at fault and not the policy.</summary>
    public bool IsOfBinding { get; } = isOfBinding;

    /// <summary>The fault as Kubernetes tells it.</summary>
    public string Told => $"failed to configure {(IsOfBinding ? "binding" : "policy")}: {Message}";
}

/// <summary>Finds the parameters of a policy.</summary>
internal static class PolicyParams
{
    /// <summary>The objects with which a policy is evaluated, once with each; null stands for none.</summary>
    /// <exception cref="PolicyConfigurationException">The kind is not served, or there are no parameters although there must be.</exception>
    public static async ValueTask<IReadOnlyList<JsonObject?>> OfAsync(AdmissionPolicy policy, PolicyBinding binding, string ns, ResourceCatalog catalog, CancellationToken cancellation)
    {
        if (policy.Params is not { } kind) return [null];
        var resource = catalog.Resources.FirstOrDefault(r => r.Type.ApiVersion == kind.ApiVersion && r.Type.Kind == kind.Kind)
            ?? throw new PolicyConfigurationException($"failed to find resource referenced by paramKind: '{kind.ApiVersion}, Kind={kind.Kind}'", isOfBinding: false);
        if (binding.Params is not { } reference) return [null];
        if (!resource.Type.Namespaced && reference.Namespace.Length > 0)
            throw new PolicyConfigurationException("paramRef.namespace must not be provided for a cluster-scoped `paramKind`", isOfBinding: true);
        var place = reference.Namespace.Length > 0 ? reference.Namespace : ns;
        if (resource.Type.Namespaced && place.Length == 0)
            throw new PolicyConfigurationException("cannot use namespaced paramRef in policy binding that matches cluster-scoped resources", isOfBinding: true);

        List<CachedObject> found = [.. reference.Name.Length > 0
            ? resource.Cache.Find(resource.Key(place, reference.Name)) is { } one ? [one] : Array.Empty<CachedObject>()
            : resource.Cache.Objects.Range(resource.CollectionPrefix(place))];
        await resource.ShowAsync(found, cancellation);
        if (reference.Name.Length == 0) found.RemoveAll(o => !reference.Selector.Matches(o.Labels));
        JsonObject[] objects = [.. found.Select(o => DocumentReader.ParseJson(resource.View(o).Json.Span))];
        if (objects.Length == 0 && reference.RefusesWithout)
            throw new PolicyConfigurationException("no params found for policy binding with `Deny` parameterNotFoundAction", isOfBinding: true);
        return objects;
    }
}
