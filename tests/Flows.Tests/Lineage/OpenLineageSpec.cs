using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Flows.Tests.Lineage;

/// <summary>What the specification of OpenLineage 2-0-2 and its facets require of an event (<see href="https://openlineage.io/spec/2-0-2/OpenLineage.json"/>).</summary>
internal static class OpenLineageSpec
{
    private static readonly string[] Types = ["START", "RUNNING", "COMPLETE", "ABORT", "FAIL", "OTHER"];

    /// <summary>Fields that facets must have beyond those of any.</summary>
    private static readonly Dictionary<string, string[]> Required = new()
    {
        ["parent"] = ["run", "job"],
        ["errorMessage"] = ["message", "programmingLanguage"],
        ["nominalTime"] = ["nominalStartTime"],
        ["jobType"] = ["processingType", "integration"],
        ["version"] = ["datasetVersion"],
        ["processing_engine"] = ["version"],
        ["outputStatistics"] = [],
        ["slipway"] = [],
    };

    /// <summary>Asserts that a run event is as it must be.</summary>
    public static void Check(JsonNode document)
    {
        var e = document.AsObject();
        Assert.Contains(Text(e, "eventType"), Types);
        Time(e, "eventTime");
        Link(e, "producer");
        Assert.Equal("https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent", Text(e, "schemaURL"));
        var run = e["run"]!.AsObject();
        Uuid(run);
        Facets(run["facets"]);
        Named(e["job"]!.AsObject());
        Facets(e["job"]!["facets"]);
        foreach (var dataset in e["inputs"]!.AsArray().Concat(e["outputs"]!.AsArray()).Select(d => d!.AsObject()))
        {
            Named(dataset);
            foreach (var kind in new[] { "facets", "inputFacets", "outputFacets" })
                Facets(dataset[kind]);
        }
    }

    private static void Facets(JsonNode? facets)
    {
        foreach (var (name, node) in facets?.AsObject() ?? [])
        {
            var facet = node!.AsObject();
            Link(facet, "_producer");
            Link(facet, "_schemaURL");
            foreach (var field in Required[name])
                Assert.NotNull(facet[field]);
            if (name == "parent")
            {
                Uuid(facet["run"]!.AsObject());
                Named(facet["job"]!.AsObject());
            }

            foreach (var time in facet.Select(p => p.Key).Where(k => k.EndsWith("Time", StringComparison.Ordinal)))
                Time(facet, time);
        }
    }

    private static void Named(JsonObject named)
    {
        Assert.NotEmpty(Text(named, "namespace"));
        Assert.NotEmpty(Text(named, "name"));
    }

    private static void Uuid(JsonObject run) => Assert.True(Guid.TryParseExact(Text(run, "runId"), "D", out _), Text(run, "runId"));

    private static void Link(JsonObject e, string name) => Assert.True(Uri.TryCreate(Text(e, name), UriKind.Absolute, out _), name);

    private static void Time(JsonObject e, string name) => DateTimeOffset.Parse(Text(e, name), CultureInfo.InvariantCulture);

    private static string Text(JsonObject e, string name)
    {
        Assert.Equal(JsonValueKind.String, e[name]?.GetValueKind());
        return (string)e[name]!;
    }
}
