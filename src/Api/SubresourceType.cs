namespace Slipway.Api;

/// <summary>What a subresource takes and gives, as discovery says it.</summary>
/// <param name="Verbs">Its verbs.</param>
/// <param name="Group">API group of the kind of its documents.</param>
/// <param name="Version">Version of the group.</param>
/// <param name="Kind">Kind of its documents.</param>
public sealed record SubresourceType(IReadOnlyList<string> Verbs, string Group, string Version, string Kind)
{
    private static readonly string[] Create = ["create"];
    private static readonly string[] Get = ["get"];
    private static readonly string[] Update = ["update"];
    private static readonly string[] ReadAndWrite = ["get", "patch", "update"];
    private static readonly string[] Stream = ["create", "get"];
    private static readonly string[] Forward = ["create", "delete", "get", "patch", "update"];

    /// <summary>A subresource of a resource; null if the resource has none of that name.</summary>
    public static SubresourceType? Of(ResourceType parent, string name)
    {
        if (!parent.Subresources.Contains(name)) return null;
        return name switch
        {
            "status" or "approval" or "ephemeralcontainers" or "resize" => Own(ReadAndWrite),
            "finalize" => Own(Update),
            "log" => Own(Get),
            "scale" => new(ReadAndWrite, "autoscaling", "v1", "Scale"),
            "eviction" => new(Create, "policy", "v1", "Eviction"),
            "token" => new(Create, "authentication.k8s.io", "v1", "TokenRequest"),
            "binding" => new(Create, "", "v1", "Binding"),
            "attach" => new(Stream, "", "v1", "PodAttachOptions"),
            "exec" => new(Stream, "", "v1", "PodExecOptions"),
            "portforward" => new(Stream, "", "v1", "PodPortForwardOptions"),
            "proxy" => new(Forward, "", "v1", $"{parent.Kind}ProxyOptions"),
            _ => null,
        };

        SubresourceType Own(string[] verbs) => new(verbs, parent.Group, parent.Version, parent.Kind);
    }
}
