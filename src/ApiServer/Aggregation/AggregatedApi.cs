using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.ApiServer.Webhooks;

namespace Slipway.ApiServer.Aggregation;

/// <summary>What an APIService says (<see href="https://kubernetes.io/docs/concepts/extend-kubernetes/api-extension/apiserver-aggregation/"/>).</summary>
/// <param name="Name">Its name: <c>VERSION.GROUP</c>.</param>
/// <param name="Group">The group that is served.</param>
/// <param name="Version">The version that is served.</param>
/// <param name="Service">Who serves it; null for what this server serves itself.</param>
/// <param name="CaBundle">Certificates of authorities, PEM in base64; empty for those that the machine trusts.</param>
/// <param name="Anyone">Whether any certificate will do.</param>
/// <param name="Priority">Priority among the group's versions.</param>
/// <param name="GroupPriority">Priority among the groups.</param>
/// <param name="Managed">How the server keeps it, as its label <see cref="LocalApi.Label"/> says; empty for what others have made.</param>
internal sealed record AggregatedApi(string Name, string Group, string Version, ServiceTarget? Service, string CaBundle, bool Anyone, long Priority, long GroupPriority, string Managed)
{
    public static AggregatedApi Read(JsonObject document)
    {
        var spec = document.Object("spec") ?? [];
        return new(
            document.Name, spec.Text("group") ?? "", spec.Text("version") ?? "",
            spec.Object("service") is { } service ? new(service.Text("namespace") ?? "", service.Text("name") ?? "", "", (int)(service.Integer("port") ?? 443)) : null,
            spec.Text("caBundle") ?? "", spec.Boolean("insecureSkipTLSVerify") == true, spec.Integer("versionPriority") ?? 0,
            spec.Integer("groupPriorityMinimum") ?? 0, document.Metadata.Object("labels")?.Text(LocalApi.Label) ?? "");
    }

    /// <summary>Where it is described.</summary>
    public string Path => $"/apis/{Group}/{Version}";
}
