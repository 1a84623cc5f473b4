using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Slipway.Api.Documents;

/// <summary>
/// Builds JSON documents from the events of a YAML parser: anchors, aliases and merge keys (<c>&lt;&lt;</c>)
/// are expanded, keys that are numbers or booleans become text, as Kubernetes does.
/// </summary>
internal sealed class YamlReader
{
    // Aliases multiply: a text of a kilobyte can stand for a document of terabytes.
    private const int MaxExpandedNodes = 1_000_000;

    private readonly Parser parser;
    private readonly Dictionary<string, JsonNode?> anchors = new(StringComparer.Ordinal);
    private int expanded;
    private int depth;

    private readonly List<string>? duplicates;

    private YamlReader(string text, List<string>? duplicates)
    {
        parser = new Parser(new StringReader(text));
        this.duplicates = duplicates;
    }

    /// <exception cref="ApiException">400 with line and column.</exception>
    public static IReadOnlyList<JsonObject> ReadAll(string text, List<string>? duplicates = null)
    {
        var reader = new YamlReader(text, duplicates);
        try
        {
            return reader.ReadDocuments();
        }
        catch (YamlException e)
        {
            // The parser gives the start of the mapping, which can be a thousand lines before the tab.
            if (e.Message.Contains("tab", StringComparison.Ordinal) && TabIndentation(text) is { } tab) throw Refuse(tab, "a tab cannot be used for indentation: use spaces");
            throw Refuse(e.Start, e.Message);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or IndexOutOfRangeException)
        {
            // The parser's scanner fails in these ways on some malformed texts.
            throw Refuse(reader.parser.Current?.End ?? Mark.Empty, "the text that follows cannot be understood");
        }
    }

    private static Mark? TabIndentation(string text)
    {
        var line = 1;
        foreach (var content in text.AsSpan().EnumerateLines())
        {
            var indentation = content.Length - content.TrimStart().Length;
            var tab = content[..indentation].IndexOf('\t');
            if (tab >= 0 && indentation < content.Length) return new Mark(0, line, tab + 1);
            line++;
        }
        return null;
    }

    private List<JsonObject> ReadDocuments()
    {
        var documents = new List<JsonObject>();
        parser.Consume<StreamStart>();
        while (parser.TryConsume<DocumentStart>(out _))
        {
            anchors.Clear();
            var start = parser.Current!.Start;
            var node = ReadNode();
            if (node is JsonObject document) documents.Add(document);
            else if (node is not null) throw Refuse(start, "a document must be a mapping of keys to values");
            parser.Consume<DocumentEnd>();
        }
        return documents;
    }

    private JsonNode? ReadNode()
    {
        switch (parser.Current)
        {
            case AnchorAlias alias:
                parser.MoveNext();
                if (!anchors.TryGetValue(alias.Value.Value, out var target)) throw Refuse(alias.Start, $"the alias *{alias.Value} has no anchor before it");
                if (depth + Measure(target) > DocumentReader.MaxDepth) throw Refuse(alias.Start, $"values are nested deeper than {DocumentReader.MaxDepth}");
                if (expanded > MaxExpandedNodes) throw Refuse(alias.Start, "the aliases expand to too large a document");
                return target?.DeepClone();
            case Scalar scalar:
                parser.MoveNext();
                return Anchored(scalar, YamlScalar.Resolve(scalar));
            case SequenceStart sequence:
                return Anchored(sequence, Nested(sequence, ReadSequence));
            case MappingStart mapping:
                return Anchored(mapping, Nested(mapping, ReadMapping));
            default:
                throw Refuse(parser.Current?.Start ?? Mark.Empty, "a value was expected");
        }
    }

    private JsonNode Nested(NodeEvent start, Func<JsonNode> read)
    {
        if (++depth > DocumentReader.MaxDepth) throw Refuse(start.Start, $"values are nested deeper than {DocumentReader.MaxDepth}");
        var node = read();
        depth--;
        return node;
    }

    private JsonNode? Anchored(NodeEvent at, JsonNode? node)
    {
        if (!at.Anchor.IsEmpty) anchors[at.Anchor.Value] = node;   // aliases copy it
        return node;
    }

    private JsonArray ReadSequence()
    {
        parser.Consume<SequenceStart>();
        var list = new JsonArray();
        while (!parser.TryConsume<SequenceEnd>(out _)) list.Add(ReadNode());
        return list;
    }

    private JsonObject ReadMapping()
    {
        parser.Consume<MappingStart>();
        var document = new JsonObject();
        var merges = new List<JsonObject>();
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            var at = parser.Current!.Start;
            if (parser.Current is not (Scalar or AnchorAlias)) throw Refuse(at, "a key must be a plain value");
            var isMerge = parser.Current is Scalar { Value: "<<", Style: ScalarStyle.Plain };
            var key = isMerge ? SkipKey() : KeyText(ReadNode(), at);
            var value = ReadNode();
            if (isMerge) Collect(value, merges, at);
            else if (!document.TryAdd(key, value)) Repeat(document, key, value, at);
        }
        // What is written beside a merge key wins over what it brings, and earlier sources win over later ones.
        foreach (var (key, value) in merges.SelectMany(m => m))
            document.TryAdd(key, value?.DeepClone());
        return document;
    }

    private void Repeat(JsonObject document, string key, JsonNode? value, Mark at)
    {
        if (duplicates is null) throw Refuse(at, $"the key \"{key}\" is given twice");
        duplicates.Add($"line {at.Line}: key \"{key}\" already set in map");
        document[key] = value;
    }

    private string SkipKey()
    {
        parser.MoveNext();
        return "<<";
    }

    private static void Collect(JsonNode? value, List<JsonObject> merges, Mark at)
    {
        foreach (var source in value is JsonArray list ? list.ToArray() : [value])
            merges.Add(source as JsonObject ?? throw Refuse(at, "the merge key << takes a mapping or a list of mappings"));
    }

    private static string KeyText(JsonNode? key, Mark at) => key switch
    {
        JsonValue value => value.AsText() ?? value.ToJsonString(),
        null => throw Refuse(at, "a key must not be null"),
        _ => throw Refuse(at, "a key must be a plain value"),
    };

    // How deep a node is; its parts are added to what aliases have brought.
    private int Measure(JsonNode? node)
    {
        expanded++;
        return node switch
        {
            JsonObject map => 1 + map.Select(p => Measure(p.Value)).DefaultIfEmpty().Max(),
            JsonArray list => 1 + list.Select(Measure).DefaultIfEmpty().Max(),
            _ => 0,
        };
    }

    private static ApiException Refuse(Mark at, string why) =>
        ApiException.BadRequest($"malformed YAML at line {at.Line}, column {at.Column}: {why.TrimEnd('.')}");
}
