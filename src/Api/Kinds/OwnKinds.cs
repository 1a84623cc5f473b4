using System.Reflection;
using System.Text.Json.Nodes;

namespace Slipway.Api.Kinds;

/// <summary>The custom resource definitions of Slipway's own kinds, generated from the classes in this folder.</summary>
public static class OwnKinds
{
    /// <summary>The documents, each a new copy.</summary>
    public static IReadOnlyList<JsonObject> Definitions
    {
        get
        {
            var assembly = Assembly.GetExecutingAssembly();
            return [.. assembly.GetManifestResourceNames().Where(n => n.StartsWith("kinds/", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(Read)];

            JsonObject Read(string name)
            {
                using var stream = assembly.GetManifestResourceStream(name)!;
                return (JsonObject)JsonNode.Parse(stream)!;
            }
        }
    }
}
