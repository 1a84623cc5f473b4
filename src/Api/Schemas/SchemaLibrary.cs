using System.Collections.Concurrent;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Api.Schemas;

/// <summary>
/// The generated definitions of the built-in kinds. A group version is parsed when a schema of it is first
/// asked for; descriptions stay in the assembly's resources and are read again each time.
/// </summary>
internal sealed class SchemaLibrary
{
    private readonly Lock loading = new();
    private readonly Dictionary<string, Schema> schemas = new(StringComparer.Ordinal);
    private readonly HashSet<string> loadedFiles = new(StringComparer.Ordinal);

    // Descriptions are most of the data: what was read last is kept for as long as nobody needs the memory.
    private readonly ConcurrentDictionary<string, WeakReference<JsonNode>> texts = new(StringComparer.Ordinal);

    /// <summary>The schema of a definition such as <c>io.k8s.api.core.v1.Pod</c>.</summary>
    public Schema this[string definition]
    {
        get
        {
            lock (loading) return Referred(definition);
        }
    }

    /// <summary>The schema of a definition; null when there is none.</summary>
    public Schema? Find(string definition)
    {
        lock (loading)
        {
            if (schemas.TryGetValue(definition, out var known)) return known;
            var file = FileOf(definition);
            if (loadedFiles.Contains(file) || Assembly.GetExecutingAssembly().GetManifestResourceInfo($"schemas/{file}.json") is null) return null;
            Load(file);
            return schemas.GetValueOrDefault(definition);
        }
    }

    /// <summary>File (without extension) that holds a definition: <c>core_v1</c>, or <c>meta_v1</c> for all of apimachinery.</summary>
    public static string FileOf(string definition)
    {
        if (definition.StartsWith("io.k8s.apimachinery.", StringComparison.Ordinal)) return "meta_v1";
        var parts = definition.Split('.');
        return $"{parts[^3]}_{parts[^2]}";
    }

    /// <summary>The files, without extension: one for each group version.</summary>
    public static IEnumerable<string> Files => Assembly.GetExecutingAssembly().GetManifestResourceNames()
        .Where(n => n.StartsWith("schemas/", StringComparison.Ordinal) && !n.EndsWith(".descriptions.json", StringComparison.Ordinal))
        .Select(n => n["schemas/".Length..^".json".Length]);

    /// <summary>The definitions of a file as JSON, without descriptions.</summary>
    public static JsonObject ReadSchemas(string file) => (JsonObject)ReadNode($"schemas/{file}.json");

    /// <summary>The texts of a file: by definition, then by field, with "" for the definition itself.</summary>
    public static JsonObject ReadDescriptions(string file) => (JsonObject)ReadNode($"schemas/{file}.descriptions.json");

    private Schema Referred(string definition)
    {
        if (schemas.TryGetValue(definition, out var schema)) return schema;
        Load(FileOf(definition));
        return schemas[definition];
    }

    private void Load(string file)
    {
        if (!loadedFiles.Add(file)) return;
        using var stream = Open($"schemas/{file}.json");
        using var document = JsonDocument.Parse(stream);
        // Definitions refer to each other in circles: all get their (still empty) property tables first.
        var properties = new Dictionary<string, Dictionary<string, Schema>>(StringComparer.Ordinal);
        foreach (var definition in document.RootElement.EnumerateObject())
        {
            properties[definition.Name] = new(StringComparer.Ordinal);
            schemas[definition.Name] = BuiltInSchemaReader.Definition(definition.Name, definition.Value, properties[definition.Name], Describe(file, definition.Name, ""));
        }
        foreach (var definition in document.RootElement.EnumerateObject())
        {
            if (!definition.Value.TryGetProperty("properties", out var fields)) continue;
            foreach (var field in fields.EnumerateObject())
                properties[definition.Name][field.Name] = BuiltInSchemaReader.Field(field.Value, Referred, Describe(file, definition.Name, field.Name));
        }
    }

    private Func<string?> Describe(string file, string definition, string field) =>
        () => TextsOf(file)[definition]?[field]?.GetValue<string>();

    private JsonNode TextsOf(string file)
    {
        if (texts.TryGetValue(file, out var known) && known.TryGetTarget(out var read)) return read;
        read = ReadDescriptions(file);
        texts[file] = new(read);
        return read;
    }

    private static JsonNode ReadNode(string resource)
    {
        using var stream = Open(resource);
        return JsonNode.Parse(stream)!;
    }

    private static Stream Open(string resource) =>
        Assembly.GetExecutingAssembly().GetManifestResourceStream(resource) ?? throw new InvalidOperationException($"the schema data \"{resource}\" is not part of this build");
}
