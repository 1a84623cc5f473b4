using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.OpenApi;

/// <summary>
/// What another server's Swagger 2.0 document says of the version of a group that is its own: the paths below that, and the definitions
/// that these lead to. It says of no other kinds what they are.
/// </summary>
/// <param name="Document">An object with <c>paths</c> and <c>definitions</c>.</param>
/// <param name="Definitions">A hash of each definition by its name, the same for those that say the same of whatever kinds.</param>
internal sealed record SwaggerPart(CompressedBody Document, IReadOnlyDictionary<string, string> Definitions)
{
    /// <summary>Longest document that is taken, and longest part that is made of one, in bytes.</summary>
    public const int Longest = 4 << 20;

    /// <summary>Deepest nesting that is taken, and deepest nesting of a part, in levels.</summary>
    public const int Deepest = 128;

    private const string ToDefinition = "#/definitions/", ToParameter = "#/parameters/", Kinds = "x-kubernetes-group-version-kind";
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = Deepest, AllowDuplicateProperties = false }, OfPart = new() { MaxDepth = Deepest };

    /// <summary>Cuts the part out of a document; paths that are no objects are left out.</summary>
    /// <exception cref="JsonException">It is malformed, or gives something twice.</exception>
    /// <exception cref="InvalidDataException">It is no Swagger document, or too much would be made of it.</exception>
    /// <exception cref="InvalidOperationException">What it refers to would nest it too deeply, or a text in it is not Unicode.</exception>
    public static SwaggerPart Cut(ReadOnlyMemory<byte> body, string group, string version)
    {
        using var document = JsonDocument.Parse(body, Strict);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object || Member(root, "paths") is not { } paths) throw new InvalidDataException("it has no paths");
        var copy = new Copy(group, version, Members(root, "parameters"));
        var output = new ArrayBufferWriter<byte>(16 << 10);
        var hashes = new Dictionary<string, string>(StringComparer.Ordinal);
        using (var json = new Utf8JsonWriter(output, new JsonWriterOptions { MaxDepth = Deepest }))
        {
            json.WriteStartObject();
            json.WriteStartObject("paths");
            var own = $"/apis/{group}/{version}";
            foreach (var path in paths.EnumerateObject().Where(p => p.Value.ValueKind == JsonValueKind.Object && (p.Name == own || p.Name.StartsWith(own + "/", StringComparison.Ordinal))))
            {
                json.WritePropertyName(path.Name);
                copy.Write(json, path.Value);
            }
            json.WriteEndObject();
            json.WriteStartObject("definitions");
            var definitions = Members(root, "definitions");
            while (copy.TryNext(out var name))
            {
                if (!definitions.TryGetValue(name, out var definition)) continue;
                json.WritePropertyName(name);
                copy.Write(json, definition);
                hashes[name] = HashOf(definition);
            }
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return new(CompressedBody.Of(output.WrittenSpan.ToArray()), hashes);
    }

    /// <summary>Hashes of those definitions of this server that parts define too, as the parts have them.</summary>
    public static Dictionary<string, string> HashesOf(IEnumerable<(string Name, JsonObject Schema)> own, IReadOnlyList<SwaggerPart> parts)
    {
        var hashes = new Dictionary<string, string>(StringComparer.Ordinal);
        if (parts.Count == 0) return hashes;
        foreach (var (name, schema) in own.Where(d => parts.Any(p => p.Definitions.ContainsKey(d.Name))))
        {
            using var document = JsonDocument.Parse(JsonBytes.Of(schema), OfPart);
            hashes[name] = HashOf(document.RootElement);
        }
        return hashes;
    }

    /// <summary>
    /// The parts as one document may have them, one at a time. What one of them defines otherwise than this server or an earlier part
    /// is renamed in it, as upstream's aggregator renames it.
    /// </summary>
    /// <param name="parts">The parts.</param>
    /// <param name="own">Hashes of this server's definitions.</param>
    public static IEnumerable<JsonElement> Together(IEnumerable<SwaggerPart> parts, IReadOnlyDictionary<string, string> own)
    {
        var taken = new Dictionary<string, string>(own, StringComparer.Ordinal);
        foreach (var part in parts)
        {
            var names = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (var (name, hash) in part.Definitions)
            {
                if (!taken.TryGetValue(name, out var other) || other == hash) continue;
                var number = 2;
                while (taken.TryGetValue($"{name}_v{number}", out other) ? other != hash : part.Definitions.ContainsKey($"{name}_v{number}")) number++;
                names[name] = $"{name}_v{number}";
            }
            foreach (var (name, hash) in part.Definitions) taken[names.GetValueOrDefault(name, name)] = hash;
            using var document = JsonDocument.Parse(names.Count == 0 ? part.Document.Inflate() : part.Renamed(names), OfPart);
            yield return document.RootElement;
        }
    }

    private byte[] Renamed(Dictionary<string, string> names)
    {
        using var document = JsonDocument.Parse(Document.Inflate(), OfPart);
        var output = new ArrayBufferWriter<byte>(Document.Length);
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WritePropertyName("paths");
            Rename(json, document.RootElement.GetProperty("paths"), names);
            json.WriteStartObject("definitions");
            foreach (var definition in document.RootElement.GetProperty("definitions").EnumerateObject())
            {
                json.WritePropertyName(names.GetValueOrDefault(definition.Name, definition.Name));
                Rename(json, definition.Value, names);
            }
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return output.WrittenSpan.ToArray();
    }

    private static void Rename(Utf8JsonWriter json, JsonElement element, Dictionary<string, string> names)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                json.WriteStartObject();
                foreach (var property in element.EnumerateObject())
                {
                    json.WritePropertyName(property.Name);
                    if (Reference(property, ToDefinition) is { } name && names.TryGetValue(name, out var now)) json.WriteStringValue(ToDefinition + now);
                    else Rename(json, property.Value, names);
                }
                json.WriteEndObject();
                break;
            case JsonValueKind.Array:
                json.WriteStartArray();
                foreach (var item in element.EnumerateArray()) Rename(json, item, names);
                json.WriteEndArray();
                break;
            default:
                element.WriteTo(json);
                break;
        }
    }

    private static string HashOf(JsonElement definition)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output)) WriteInOrder(json, definition);
        return Convert.ToHexString(SHA256.HashData(output.WrittenSpan));
    }

    // Equal definitions have equal texts, in whatever order they were written.
    private static void WriteInOrder(Utf8JsonWriter json, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                json.WriteStartObject();
                foreach (var property in element.EnumerateObject().Where(p => !p.NameEquals(Kinds)).OrderBy(p => p.Name, StringComparer.Ordinal))
                {
                    json.WritePropertyName(property.Name);
                    WriteInOrder(json, property.Value);
                }
                json.WriteEndObject();
                break;
            case JsonValueKind.Array:
                json.WriteStartArray();
                foreach (var item in element.EnumerateArray()) WriteInOrder(json, item);
                json.WriteEndArray();
                break;
            default:
                element.WriteTo(json);
                break;
        }
    }

    private static JsonElement? Member(JsonElement map, string name) =>
        map.ValueKind == JsonValueKind.Object && map.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Object ? value : null;

    // An element finds a property by looking at one after the other, which for all of very many takes too long.
    private static Dictionary<string, JsonElement> Members(JsonElement root, string name) => Member(root, name) is { } map
        ? map.EnumerateObject().Where(m => m.Value.ValueKind == JsonValueKind.Object).ToDictionary(m => m.Name, m => m.Value, StringComparer.Ordinal)
        : [];

    private static string? Reference(JsonProperty property, string to) =>
        property.NameEquals("$ref") && property.Value.ValueKind == JsonValueKind.String && property.Value.GetString() is { } text && text.StartsWith(to, StringComparison.Ordinal) ? text[to.Length..] : null;

    /// <summary>Copies elements, noting which definitions they lead to.</summary>
    private sealed class Copy(string group, string version, Dictionary<string, JsonElement> parameters)
    {
        private readonly HashSet<string> _met = new(StringComparer.Ordinal);
        private readonly Queue<string> _open = [];

        public bool TryNext(out string name) => _open.TryDequeue(out name!);

        public void Write(Utf8JsonWriter json, JsonElement element)
        {
            // What is referred to is written where that is done: a short document could become a very long one.
            if (json.BytesCommitted + json.BytesPending > Longest) throw new InvalidDataException($"its part of {group}/{version} is longer than {Longest} bytes");
            switch (element.ValueKind)
            {
                case JsonValueKind.Object:
                    if (parameters.Count > 0 && element.EnumerateObject().Select(p => Reference(p, ToParameter)).FirstOrDefault(r => r is not null) is { } parameter && parameters.TryGetValue(parameter, out var meant))
                    {
                        meant.WriteTo(json);
                        break;
                    }
                    json.WriteStartObject();
                    foreach (var property in element.EnumerateObject())
                    {
                        if (Reference(property, ToDefinition) is { } name && _met.Add(name)) _open.Enqueue(name);
                        json.WritePropertyName(property.Name);
                        if (property.NameEquals(Kinds)) WriteKinds(json, property.Value);
                        else Write(json, property.Value);
                    }
                    json.WriteEndObject();
                    break;
                case JsonValueKind.Array:
                    json.WriteStartArray();
                    foreach (var item in element.EnumerateArray()) Write(json, item);
                    json.WriteEndArray();
                    break;
                default:
                    element.WriteTo(json);
                    break;
            }
        }

        // A list in definitions, one kind in operations.
        private void WriteKinds(Utf8JsonWriter json, JsonElement kinds)
        {
            if (kinds.ValueKind == JsonValueKind.Object && IsOwn(kinds))
            {
                kinds.WriteTo(json);
                return;
            }
            json.WriteStartArray();
            foreach (var kind in kinds.ValueKind == JsonValueKind.Array ? [.. kinds.EnumerateArray().Where(IsOwn)] : Array.Empty<JsonElement>()) kind.WriteTo(json);
            json.WriteEndArray();
        }

        private bool IsOwn(JsonElement kind) => kind.ValueKind == JsonValueKind.Object && Is(kind, "group", group) && Is(kind, "version", version);

        private static bool Is(JsonElement kind, string name, string expected) =>
            kind.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.ValueEquals(expected);
    }
}
