using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Cli.Why;

/// <summary>Findings as documents, for programs.</summary>
internal static class ReportDocument
{
    /// <summary>One finding: <c>object</c>, <c>asDeclared</c>, <c>state</c>, <c>causes</c>.</summary>
    public static JsonObject Of(Finding finding)
    {
        var item = new JsonObject { ["apiVersion"] = finding.Object.ApiVersion, ["kind"] = finding.Object.Kind };
        if (finding.Object.Namespace.Length > 0) item["namespace"] = finding.Object.Namespace;
        item["name"] = finding.Object.Name;
        return new() { ["object"] = item, ["asDeclared"] = finding.IsAsDeclared, ["state"] = finding.State, ["causes"] = List(finding.Causes) };
    }

    private static JsonArray List(IReadOnlyList<Cause> causes) => new([.. causes.Select(Of)]);

    private static JsonObject Of(Cause cause)
    {
        var document = new JsonObject { ["what"] = cause.What };
        if (cause.Evidence.Count > 0) document["evidence"] = new JsonArray([.. cause.Evidence.Select(line => (JsonNode)line)]);
        if (cause.Because.Count > 0) document["because"] = List(cause.Because);
        if (cause.Remedy is { } remedy)
        {
            var mend = new JsonObject { ["advice"] = remedy.Advice };
            foreach (var (name, value) in ((string, string?)[])[("object", remedy.Object), ("path", remedy.Path), ("value", remedy.Value), ("command", remedy.Command)])
                if (value is not null) mend[name] = value;
            document["mend"] = mend;
        }
        return document;
    }
}
