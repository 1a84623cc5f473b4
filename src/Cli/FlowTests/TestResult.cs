using System.Text;
using System.Text.Json.Nodes;
using Slipway.Flows;

namespace Slipway.Cli.FlowTests;

/// <summary>What a test came to.</summary>
/// <param name="Source">File of the test.</param>
/// <param name="Name">Name of the test.</param>
internal sealed record TestResult(string Source, string Name)
{
    /// <summary>Why it could not be run to its end, or what else than its checks has failed, one line each.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>The checks that are not true.</summary>
    public IReadOnlyList<FlowCheck> Failed { get; init; } = [];

    /// <summary>Name of the run in the cluster; null if none was needed.</summary>
    public string? Run { get; init; }

    public bool Passed => Problems.Count + Failed.Count == 0;

    /// <summary>The test with what has failed, and the values of what failed checks refer to.</summary>
    public override string ToString()
    {
        var text = new StringBuilder($"{Source}::{Name} {(Passed ? "PASSED" : "FAILED")}{(Run is null ? "" : $" (run {Run})")}\n");
        foreach (var problem in Problems) text.Append("    ").Append(problem).Append('\n');
        foreach (var check in Failed)
        {
            text.Append("    ").Append(check.Text).Append(' ').Append(check.Problem).Append('\n');
            foreach (var (name, value) in check.Facts) text.Append("        ").Append(name).Append(" = ").Append(value).Append('\n');
        }
        return text.ToString();
    }

    /// <summary>The same as JSON.</summary>
    public JsonObject ToJson() => new()
    {
        ["file"] = Source,
        ["name"] = Name,
        ["passed"] = Passed,
        ["run"] = Run,
        ["problems"] = new JsonArray([.. Problems.Select(p => (JsonNode)p)]),
        ["failed"] = new JsonArray([.. Failed.Select(f => (JsonNode)new JsonObject
        {
            ["check"] = f.Text,
            ["problem"] = f.Problem,
            ["values"] = new JsonObject(f.Facts.Select(v => KeyValuePair.Create(v.Key, (JsonNode?)v.Value))),
        })]),
    };
}
