using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Rules;

namespace Slipway.Api.Schemas;

/// <summary>
/// What <c>x-kubernetes-embedded-resource</c> asks of a value: that it says what it is, and that its metadata could be an object's
/// (<see href="https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#rawextension"/>).
/// Types are the schema's business.
/// </summary>
internal static class EmbeddedResourceCheck
{
    public static void Visit(JsonObject resource, string path, List<StatusCause> causes)
    {
        if (Said("apiVersion") is { } apiVersion && apiVersion.Count(c => c == '/') > 1)
            causes.Add(StatusCause.Invalid($"{path}.apiVersion", JsonValue.Create(apiVersion).Shown(), $"unexpected GroupVersion string: {apiVersion}"));
        if (Said("kind") is { } kind && Names.Dns1035Error(kind.ToLowerInvariant()) is { } error)
            causes.Add(StatusCause.Invalid($"{path}.kind", JsonValue.Create(kind).Shown(), $"may have mixed case, but should otherwise match: {error}"));
        if (resource.Object("metadata") is not { } metadata) return;
        // Templates have no names.
        var named = new JsonObject { ["metadata"] = metadata.DeepClone() };
        if (named.Name.Length == 0) named.Name = "a";
        causes.AddRange(MetadataRules.Validate(named, named.Namespace.Length > 0, Names.PathSegmentError, anyFinalizer: true).Select(c => c with { Field = $"{path}.{c.Field}" }));

        string? Said(string name)
        {
            if (resource[name] is { } value && value.AsText() is not "") return value.AsText();
            causes.Add(StatusCause.Required($"{path}.{name}"));
            return null;
        }
    }
}
