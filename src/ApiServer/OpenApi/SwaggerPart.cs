using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.OpenApi;

/// <summary>
/// What another server's Swagger 2.0 document says of the version of a group that is its own: the paths below that, and the definitions
/// that these lead to. It says of no other kinds what they are.
/// </summary>
/// <param name="Document">An object with <c>paths</c> and <c>definitions</c>.</param>
/// <param name="Definitions">A hash of each definition by its name.</param>
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
                json.Flush();
                var start = output.WrittenCount;
                copy.Write(json, definition);
                json.Flush();
                hashes[name] = Convert.ToHexString(SHA256.HashData(output.WrittenSpan[start..]));
            }
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return new(CompressedBody.Of(output.WrittenSpan.ToArray()), hashes);
    }

    /// <summary>
    /// The parts as one document may have them, one at a time. One that defines what an earlier one defines otherwise has all its
    /// definitions renamed, as upstream renames them.
    /// </summary>
    public static IEnumerable<JsonElement> Together(IEnumerable<SwaggerPart> parts)
    {
        var taken = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in parts)
        {
            var suffix = "";
            for (var number = 2; part.Definitions.Any(d => taken.TryGetValue(d.Key + suffix, out var other) && other != d.Value); number++) suffix = $"_v{number}";
            foreach (var (name, hash) in part.Definitions) taken[name + suffix] = hash;
            using var document = JsonDocument.Parse(suffix.Length == 0 ? part.Document.Inflate() : part.Renamed(suffix), OfPart);
            yield return document.RootElement;
        }
    }

    private byte[] Renamed(string suffix)
    {
        using var document = JsonDocument.Parse(Document.Inflate(), OfPart);
        var output = new ArrayBufferWriter<byte>(Document.Length);
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WritePropertyName("paths");
            Rename(json, document.RootElement.GetProperty("paths"), suffix);
            json.WriteStartObject("definitions");
            foreach (var definition in document.RootElement.GetProperty("definitions").EnumerateObject())
            {
                json.WritePropertyName(definition.Name + suffix);
                Rename(json, definition.Value, suffix);
            }
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return output.WrittenSpan.ToArray();
    }

    private void Rename(Utf8JsonWriter json, JsonElement element, string suffix)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                json.WriteStartObject();
                foreach (var property in element.EnumerateObject())
                {
                    json.WritePropertyName(property.Name);
                    if (Reference(property, ToDefinition) is { } name && Definitions.ContainsKey(name)) json.WriteStringValue(ToDefinition + name + suffix);
                    else Rename(json, property.Value, suffix);
                }
                json.WriteEndObject();
                break;
            case JsonValueKind.Array:
                json.WriteStartArray();
                foreach (var item in element.EnumerateArray()) Rename(json, item, suffix);
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
