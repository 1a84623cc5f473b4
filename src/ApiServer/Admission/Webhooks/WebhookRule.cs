using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Admission.Webhooks;

/// <summary>Which requests a webhook wants to see (<see href="https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#matching-requests-rules"/>).</summary>
/// <param name="Operations">Operations, or <c>*</c>.</param>
/// <param name="Groups">API groups, or <c>*</c>.</param>
/// <param name="Versions">Versions, or <c>*</c>.</param>
/// <param name="Resources">Resources and subresources, such as <c>pods</c>, <c>pods/*</c>, <c>*/scale</c>, <c>*/*</c>.</param>
/// <param name="Scope"><c>Cluster</c>, <c>Namespaced</c> or <c>*</c>.</param>
internal sealed record WebhookRule(IReadOnlyList<string> Operations, IReadOnlyList<string> Groups, IReadOnlyList<string> Versions, IReadOnlyList<string> Resources, string Scope)
{
    public static WebhookRule Read(JsonObject rule) => new(
        Texts(rule, "operations"), Texts(rule, "apiGroups"), Texts(rule, "apiVersions"), Texts(rule, "resources"), rule.Text("scope") is { Length: > 0 } scope ? scope : "*");

    /// <summary>Whether a request in this form of its resource is meant.</summary>
    public bool Matches(ResourceType type, string subresource, Operation operation) =>
        Names(Operations, OperationName(operation))
        && Names(Groups, type.Group)
        && Names(Versions, type.Version)
        && IsInScope(type)
        && Resources.Any(r => NamesResource(r, type.Plural, subresource));

    /// <summary>The operation as rules and reviews write it.</summary>
    public static string OperationName(Operation operation) => operation switch
    {
        Operation.Create => "CREATE",
        Operation.Update => "UPDATE",
        Operation.Delete => "DELETE",
        _ => "CONNECT",
    };

    private bool IsInScope(ResourceType type) => Scope switch
    {
        "Namespaced" => type.Namespaced,
        "Cluster" => !type.Namespaced,
        _ => true,
    };

    private static bool NamesResource(string entry, string plural, string subresource)
    {
        var slash = entry.IndexOf('/');
        var resource = slash < 0 ? entry : entry[..slash];
        var sub = slash < 0 ? "" : entry[(slash + 1)..];
        return (resource == "*" || resource == plural) && (sub == "*" || sub == subresource);
    }

    private static bool Names(IReadOnlyList<string> entries, string value) => entries.Contains("*") || entries.Contains(value);

    private static string[] Texts(JsonObject rule, string name) => [.. rule.Array(name)?.Select(v => v.AsText() ?? "") ?? []];
}
