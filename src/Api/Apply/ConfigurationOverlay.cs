using System.Text.Json.Nodes;
using Slipway.Api.Schemas;

namespace Slipway.Api.Apply;

/// <summary>
/// Puts an apply configuration over an object without asking or noting who owns what, as mutating policies do
/// (<see href="https://kubernetes.io/docs/reference/access-authn-authz/mutating-admission-policy/#patch-type-apply-configuration"/>).
/// What would be replaced as a whole is refused: who writes some of its fields seldom means to take away the others.
/// </summary>
public static class ConfigurationOverlay
{
    /// <summary>The merged document. The arguments stay as they are.</summary>
    /// <param name="schema">Schema of both.</param>
    /// <param name="live">The object.</param>
    /// <param name="configuration">What is wanted of it.</param>
    /// <exception cref="FormatException">The configuration has not the types of the schema, or holds an atomic list or map.</exception>
    public static JsonObject Merge(Schema schema, JsonObject live, JsonObject configuration)
    {
        var errors = ConfigurationCheck.Errors(schema, configuration);
        if (errors.Count > 0)
            throw new FormatException($"failed to convert patch object to typed object: {(errors.Count == 1 ? errors[0] : $"errors:\n  {string.Join("\n  ", errors)}")}");
        var atomics = new List<string>();
        FindAtomics(schema, configuration, "", isRoot: true, atomics);
        if (atomics.Count > 0) throw new FormatException($"invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: {string.Join(", ", atomics)}");
        return ConfigurationMerge.Merge(schema, live, configuration);
    }

    private static void FindAtomics(Schema? schema, JsonNode? value, string path, bool isRoot, List<string> atomics)
    {
        switch (value)
        {
            case JsonObject map:
                if (schema?.MapType == "atomic") atomics.Add(path);
                foreach (var (name, inner) in map) FindAtomics(schema?.Find(name, isRoot), inner, $"{path}.{name}", false, atomics);
                break;
            case JsonArray list:
                if (schema?.ListType is not ("set" or "map")) atomics.Add(path);
                for (var i = 0; i < list.Count; i++) FindAtomics(schema?.Items, list[i], $"{path}[{i}]", false, atomics);
                break;
        }
    }
}
