using System.Collections.Frozen;
using Slipway.Api.Schemas;

namespace Slipway.ApiServer.Admission;

/// <summary>
/// Schemas of the options with which clients connect to pods, services and nodes. Kubernetes serves them as parameters only,
/// so that no description of the API has them; admission sees them as documents.
/// </summary>
internal static class ConnectSchemas
{
    private static readonly Schema Text = new() { Type = "string" };
    private static readonly Schema Flag = new() { Type = "boolean" };
    private static readonly (string, Schema)[] Streams = [("stdin", Flag), ("stdout", Flag), ("stderr", Flag), ("tty", Flag), ("container", Text)];

    private static readonly FrozenDictionary<string, Schema> ByKind = new Dictionary<string, Schema>
    {
        ["PodExecOptions"] = Of([.. Streams, ("command", new() { Type = "array", Items = Text })]),
        ["PodAttachOptions"] = Of(Streams),
        ["PodPortForwardOptions"] = Of([("ports", new() { Type = "array", Items = new() { Type = "integer", Format = "int32" } })]),
        ["PodProxyOptions"] = Of([("path", Text)]),
        ["ServiceProxyOptions"] = Of([("path", Text)]),
        ["NodeProxyOptions"] = Of([("path", Text)]),
    }.ToFrozenDictionary();

    /// <summary>The schema of a kind of options of the core group; null for other kinds.</summary>
    public static Schema? Find(string kind) => ByKind.GetValueOrDefault(kind);

    private static Schema Of((string Name, Schema Schema)[] fields) => new()
    {
        Type = "object",
        Properties = fields.Append(("apiVersion", Text)).Append(("kind", Text)).ToDictionary(f => f.Item1, f => f.Item2, StringComparer.Ordinal),
    };
}
