using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Cli.Output;

/// <summary>Prints documents in full.</summary>
public static class DocumentPrinter
{
    // Text of people's languages and shell commands stays readable; nothing here is embedded in HTML.
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = Nesting.MaxDepth };

    /// <summary>Prints one document or list, without managed fields, which are for machines.</summary>
    public static async Task PrintAsync(TextWriter output, JsonNode document, OutputFormat format)
    {
        document = WithoutManagedFields(document);
        if (format == OutputFormat.Yaml)
            await output.WriteAsync(DocumentWriter.ToYaml(document));
        else
            await output.WriteLineAsync(document.ToJsonString(Indented));
    }

    private static JsonNode WithoutManagedFields(JsonNode document)
    {
        if (document is not JsonObject) return document;
        var shown = (JsonObject)document.DeepClone();
        foreach (var item in shown.Objects("items").Prepend(shown)) item.Object("metadata")?.Remove("managedFields");
        return shown;
    }
}
