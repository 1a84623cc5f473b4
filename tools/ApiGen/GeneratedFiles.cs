using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.ApiGen;

/// <summary>
/// The files to commit, by path below <c>src/Api</c>: a definition for each of Slipway's own kinds, and for each group version <c>core_v1.json</c> with the schemas, read by every
/// start, and <c>core_v1.descriptions.json</c> with the texts, which are most of the size and read only on demand.
/// </summary>
internal static class GeneratedFiles
{
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonSerializerOptions Indented = new(Relaxed) { WriteIndented = true };

    public static SortedDictionary<string, string> Of(Facts facts, ModelJoin join, IEnumerable<(string File, JsonObject Definition)> kinds)
    {
        var definitions = new Definitions(facts, join);
        var all = join.Types
            .Select(t => (t.Definition, Built: definitions.Build(t)))
            .Select(d => (Name: d.Definition, d.Built.Schema, d.Built.Descriptions))
            .Concat(Definitions.WellKnownTypes);
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var group in all.GroupBy(d => FileOf(d.Name)))
        {
            var sorted = group.OrderBy(d => d.Name, StringComparer.Ordinal).ToArray();
            files[$"Schemas/Generated/{group.Key}.json"] = Lines(sorted.Select(d => (d.Name, d.Schema)), 2);
            files[$"Schemas/Generated/{group.Key}.descriptions.json"] = Lines(sorted.Select(d => (d.Name, d.Descriptions)), 1);
        }
        foreach (var (file, definition) in kinds) files[$"Kinds/Generated/{file}"] = definition.ToJsonString(Indented) + "\n";
        return files;
    }

    // io.k8s.api.core.v1.Pod is in core_v1, all of apimachinery in meta_v1.
    private static string FileOf(string definition)
    {
        if (definition.StartsWith("io.k8s.apimachinery.", StringComparison.Ordinal)) return "meta_v1";
        var parts = definition.Split('.');
        return $"{parts[^3]}_{parts[^2]}";
    }

    // A line for each definition, and within it a line for each field, so that changes show as small diffs.
    private static string Lines(IEnumerable<(string Name, JsonObject Value)> entries, int depth)
    {
        var text = new StringBuilder("{\n");
        text.AppendJoin(",\n", entries.Select(e => $"{Quote(e.Name)}: {Body(e.Value, depth)}"));
        return text.Append("\n}\n").ToString();
    }

    private static string Body(JsonObject value, int depth) =>
        $"{{\n{string.Join(",\n", value.Select(p => $" {Quote(p.Key)}: {(depth > 1 && p.Key == "properties" ? Properties((JsonObject)p.Value!) : p.Value!.ToJsonString(Relaxed))}"))}\n}}";

    private static string Properties(JsonObject properties) =>
        $"{{\n{string.Join(",\n", properties.Select(p => $"  {Quote(p.Key)}: {p.Value!.ToJsonString(Relaxed)}"))}\n }}";

    private static string Quote(string text) => JsonValue.Create(text).ToJsonString(Relaxed);
}
