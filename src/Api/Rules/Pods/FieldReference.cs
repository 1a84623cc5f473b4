using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Pods;

/// <summary>The rules of references to a pod's own fields and to the resources of its containers.</summary>
internal static class FieldReference
{
    private const string Units = "1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei";
    private static readonly string[] Divisors = Units.Split(", ");

    // What a reference may name; each place supports some of these.
    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.restartPolicy",
        "spec.serviceAccountName", "spec.schedulerName", "status.phase", "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs",
    };

    private static readonly string[] Resources =
        ["limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage", "requests.memory"];

    public static void Field(JsonObject reference, string[] supported, string path, List<StatusCause> causes)
    {
        if (!Required(reference, "fieldPath", path, causes)) return;
        var field = reference.Text("fieldPath")!;
        var bracket = field.IndexOf("['", StringComparison.Ordinal);
        if (bracket > 0 && field.EndsWith("']", StringComparison.Ordinal))
        {
            var key = field[(bracket + 2)..^2];
            switch (field[..bracket])
            {
                case "metadata.annotations":
                    if (Names.QualifiedNameError(key.ToLowerInvariant()) is { } annotation) causes.Add(StatusCause.Invalid(path, Quote(key.ToLowerInvariant()), annotation));
                    return;
                case "metadata.labels":
                    if (Names.QualifiedNameError(key) is { } label) causes.Add(StatusCause.Invalid(path, Quote(key), label));
                    return;
            }
        }
        if (supported.Contains(field)) return;
        causes.Add(Known.Contains(field)
            ? StatusCause.NotSupported($"{path}.fieldPath", Quote(field), supported)
            : StatusCause.Invalid($"{path}.fieldPath", Quote(field), $"error converting fieldPath: field label not supported: {field}"));
    }

    public static void Resource(JsonObject reference, bool isVolume, string path, List<StatusCause> causes)
    {
        var resource = reference.Text("resource") ?? "";
        var hugePages = resource.StartsWith("limits.hugepages-", StringComparison.Ordinal) || resource.StartsWith("requests.hugepages-", StringComparison.Ordinal);
        if (isVolume && string.IsNullOrEmpty(reference.Text("containerName"))) causes.Add(StatusCause.Required($"{path}.containerName"));
        else if (resource.Length == 0) causes.Add(StatusCause.Required($"{path}.resource"));
        else if (!hugePages && !Resources.Contains(resource)) causes.Add(StatusCause.NotSupported($"{path}.resource", Quote(resource), Resources));

        if (!Quantity.TryParse(reference["divisor"].AsText() ?? reference["divisor"]?.ToJsonString(), out var divisor) || divisor.Sign == 0) return;
        if (resource.EndsWith(".cpu", StringComparison.Ordinal))
        {
            if (divisor.ToString() is not ("1" or "1m")) causes.Add(StatusCause.Invalid($"{path}.divisor", Quote(resource), "only divisor's values 1m and 1 are supported with the cpu resource"));
            return;
        }
        var kind = hugePages ? "hugepages" : resource.EndsWith(".memory", StringComparison.Ordinal) ? "memory" : resource.EndsWith(".ephemeral-storage", StringComparison.Ordinal) ? "local ephemeral storage" : "";
        if (kind.Length > 0 && !Divisors.Contains(divisor.ToString())) causes.Add(StatusCause.Invalid($"{path}.divisor", Quote(resource), $"only divisor's values {Units} are supported with the {kind} resource"));
    }
}
