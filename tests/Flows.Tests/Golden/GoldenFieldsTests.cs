using System.Text.Json.Nodes;
using Slipway.Testing;

namespace Slipway.Flows.Tests.Golden;

/// <summary>Every field that a flow can have, as its schema says, is in at least two golden flows.</summary>
public sealed class GoldenFieldsTests
{
    /// <summary>Fields that the one cluster of golden flows cannot have, since a store would be needed: <c>Stores/DeclaredStoreTests</c> runs flows that choose theirs.</summary>
    private static readonly string[] Elsewhere = ["artifacts", "artifacts.store"];

    /// <summary>Places in which the same fields stand: they count as one, and so does a place within a template.</summary>
    private static readonly (string Place, string Field)[] Same =
    [
        ("templates[].tasks[]", "task"), ("templates[].onFailure[]", "task"), ("templates[].onSuccess[]", "task"), ("templates[].always[]", "task"),
        ("tasks[]", "task"), ("onFailure[]", "task"), ("onSuccess[]", "task"), ("always[]", "task"), ("defaults", "task"), ("schedules[]", "schedule"),
    ];

    [Fact]
    public void Each_field_is_in_two_flows()
    {
        var crd = JsonNode.Parse(File.ReadAllText(Repository.File("src", "Api", "Kinds", "Generated", "flows.json")))!;
        var spec = crd["spec"]!["versions"]![0]!["schema"]!["openAPIV3Schema"]!["properties"]!["spec"]!.AsObject();
        var fields = new SortedDictionary<string, int>(StringComparer.Ordinal);
        Declare(spec, "", fields);
        Assert.InRange(fields.Count, 200, 1000);
        foreach (var golden in GoldenFlow.Names.Select(GoldenFlow.Read))
        {
            var seen = new HashSet<string>();
            foreach (var flow in golden.Flows)
                Visit(spec, flow["spec"], "", seen);
            foreach (var field in seen)
                fields[field]++;
        }

        Assert.Empty(fields.Where(f => f.Value < 2 && !Elsewhere.Contains(f.Key)).Select(f => $"{f.Key} is in {f.Value}"));
        Assert.All(Elsewhere, f => Assert.Equal(0, fields[f])); // or it need not be named any more
    }

    private static void Declare(JsonObject schema, string path, SortedDictionary<string, int> fields)
    {
        foreach (var (name, field) in schema["properties"] as JsonObject ?? [])
        {
            var full = At(path, name);
            fields[Canonical(full)] = 0;
            Declare(field!.AsObject(), full, fields);
        }

        if (schema["items"] is JsonObject items)
            Declare(items, $"{path}[]", fields);
        if (schema["additionalProperties"] is JsonObject values)
            Declare(values, $"{path}{{}}", fields);
    }

    private static void Visit(JsonObject schema, JsonNode? value, string path, HashSet<string> seen)
    {
        switch (value)
        {
            case JsonObject fields:
                foreach (var (name, field) in fields)
                {
                    if (schema["properties"]?[name] is JsonObject declared)
                    {
                        seen.Add(Canonical(At(path, name)));
                        Visit(declared, field, At(path, name), seen);
                    }
                    else if (schema["additionalProperties"] is JsonObject values)
                    {
                        Visit(values, field, $"{path}{{}}", seen);
                    }
                }

                break;
            case JsonArray items when schema["items"] is JsonObject of:
                foreach (var item in items)
                    Visit(of, item, $"{path}[]", seen);
                break;
        }
    }

    private static string At(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    private static string Canonical(string path)
    {
        foreach (var (place, field) in Same)
        {
            if (path.StartsWith($"{place}.", StringComparison.Ordinal))
                return field + path[place.Length..];
        }

        return path;
    }
}
