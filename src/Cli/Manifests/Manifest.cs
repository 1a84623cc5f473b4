using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;

namespace Slipway.Cli.Manifests;

/// <summary>A document as a user wrote it.</summary>
/// <param name="Source">The file it is from, for messages.</param>
/// <param name="Document">The document.</param>
internal sealed record Manifest(string Source, JsonObject Document)
{
    /// <summary>Where its fields stand in the file, which is read once more for it; null if that is not known.</summary>
    private Func<FieldPositions?>? Positions { get; init; }

    /// <summary>Path of the document in the text: empty, or that of an item of a list.</summary>
    private string Prefix { get; init; } = "";

    /// <summary>Where a field stands, as editors understand it: <c>flow.yaml:14:26</c>.</summary>
    public string Place(string field) => Positions?.Invoke()?.Find(Prefix.Length == 0 ? field : $"{Prefix}.{field}") is { } at ? $"{Source}:{at.Line}:{at.Column}" : Source;

    /// <summary>Says what is wrong with it, each with its place.</summary>
    /// <param name="causes">At least one.</param>
    public CommandException Refusal(IReadOnlyList<StatusCause> causes)
    {
        List<string> lines = [.. causes.Select(c => $"{Place(c.Field)}: {c.Field}: {c.Message}")];
        return lines is [var only] ? new(only) : new($"{Source}: {Document.Kind} {Document.Name} has {lines.Count} faults:") { Details = lines };
    }

    /// <summary>Reads the documents of a file, of all manifests in a directory, or of <c>-</c>, the standard input. Lists are opened.</summary>
    /// <exception cref="CommandException">A file cannot be read, or holds what is no document; the message names file and position.</exception>
    public static async Task<IReadOnlyList<Manifest>> ReadAsync(string path, Stream standardInput, CancellationToken cancellation)
    {
        var all = new List<Manifest>();
        foreach (var file in FilesOf(path))
        {
            var (text, isJson) = await ReadTextAsync(file, standardInput, cancellation);
            all.AddRange(Parse(file == "-" ? "standard input" : file, text, isJson));
        }
        return all;
    }

    /// <summary>The files that a path means: itself, <c>-</c> included, or the manifests in it.</summary>
    /// <exception cref="CommandException">There are none.</exception>
    public static IReadOnlyList<string> FilesOf(string path)
    {
        if (path == "-" || File.Exists(path)) return [path];
        if (!Directory.Exists(path)) throw new CommandException($"there is no file or directory {path}");
        var files = Directory.EnumerateFiles(path).Where(f => Path.GetExtension(f) is ".yaml" or ".yml" or ".json").Order(StringComparer.Ordinal).ToList();
        return files.Count > 0 ? files : throw new CommandException($"the directory {path} holds no .yaml, .yml or .json file");
    }

    /// <summary>The text of a file or of <c>-</c>, and whether it is JSON.</summary>
    public static async Task<(byte[] Text, bool IsJson)> ReadTextAsync(string file, Stream standardInput, CancellationToken cancellation)
    {
        if (file != "-") return (await File.ReadAllBytesAsync(file, cancellation), Path.GetExtension(file) == ".json");
        var text = await ReadAllAsync(standardInput, cancellation);
        return (text, LooksLikeJson(text));
    }

    /// <summary>Reads the documents of a text: JSON, or YAML with any number of documents.</summary>
    internal static IReadOnlyList<Manifest> Parse(string source, byte[] text, bool isJson)
    {
        try
        {
            var documents = isJson ? [DocumentReader.ParseJson(text)] : DocumentReader.ParseYaml(Encoding.UTF8.GetString(text));
            return [.. documents.SelectMany((document, i) => Open(source, document).Select(m => Check(m with { Positions = () => PositionsOf(i) })))];

            FieldPositions? PositionsOf(int index) => FieldPositions.Read(Encoding.UTF8.GetString(text)) is { } all && all.Count == documents.Count ? all[index] : null;
        }
        catch (ApiException e)
        {
            throw new CommandException($"{source}: {e.Message}");
        }
    }

    // A YAML mapping may begin with a brace too, but then not with a quoted key; and as YAML, faulty JSON is read too kindly.
    private static bool LooksLikeJson(ReadOnlySpan<byte> text)
    {
        text = text.TrimStart(" \t\r\n"u8);
        return text is [(byte)'{', ..] && text[1..].TrimStart(" \t\r\n"u8) is [(byte)'"' or (byte)'}', ..];
    }

    private static async Task<byte[]> ReadAllAsync(Stream stream, CancellationToken cancellation)
    {
        using var buffer = new MemoryStream();
        await stream.CopyToAsync(buffer, cancellation);
        return buffer.ToArray();
    }

    private static IEnumerable<Manifest> Open(string source, JsonObject document) => document.Kind == "List" && document["items"] is JsonArray items
        ? items.Index().Where(i => i.Item is JsonObject).Select(i => new Manifest(source, i.Item!.DeepClone().AsObject()) { Prefix = $"items[{i.Index}]" })
        : [new(source, document)];

    private static Manifest Check(Manifest manifest)
    {
        var (source, document) = (manifest.Place(""), manifest.Document);
        var missing = document.ApiVersion.Length == 0 ? "apiVersion" : document.Kind.Length == 0 ? "kind" : null;
        if (missing is not null) throw new CommandException($"{source}: a document has no {missing}; every object names its apiVersion and kind");
        if (document.Name.Length == 0 && document.GenerateName.Length == 0)
            throw new CommandException($"{source}: a {document.Kind} has no metadata.name; give it one");
        return manifest;
    }
}
