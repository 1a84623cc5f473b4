using System.Reflection;
using System.Text.Json.Nodes;

namespace Slipway.Api.Kinds;

/// <summary>
/// The custom resource definitions that every cluster has: of Slipway's own kinds, generated from the classes in this folder, and of
/// kinds of Kubernetes that are not generally available yet (<c>Upstream</c>), in that part which Slipway acts on.
/// </summary>
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
